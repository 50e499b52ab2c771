import fc from 'fast-check';
import { expect, it } from 'vitest';
import { adoptRtts, rankByRtt, rankRegions } from './index.ts';
import { topology } from './topology.fixture.ts';

const paris = rankRegions(topology, { lat: 48.86, lon: 2.35 }); // eu-west, us-east, ap-southeast
const idsOf = (ranked: readonly { region: string }[]) => ranked.map(({ region }) => region);

it('puts the fastest first, however far it is', () => {
  const adopted = adoptRtts({}, { 'us-east': 90, 'eu-west': 240, 'ap-southeast': 160 });
  expect(idsOf(rankByRtt(paris, adopted))).toEqual(['us-east', 'ap-southeast', 'eu-west']);
});

it('keeps the order of distance where nothing was measured, and puts what was before what was not', () => {
  expect(rankByRtt(paris, {})).toEqual(paris);
  const one = adoptRtts({}, { 'us-east': null, 'eu-west': null, 'ap-southeast': 160 });
  expect(idsOf(rankByRtt(paris, one))).toEqual(['ap-southeast', 'eu-west', 'us-east']);
});

it('follows a link that has become slow, and its way back', () => {
  const fast = { 'us-east': 90, 'eu-west': 10, 'ap-southeast': 160 };
  const slow = adoptRtts(adoptRtts({}, fast), { ...fast, 'eu-west': 300 });
  expect(idsOf(rankByRtt(paris, slow))[0]).toBe('us-east');
  expect(idsOf(rankByRtt(paris, adoptRtts(slow, fast)))[0]).toBe('eu-west');
});

it('does not move requests to and fro while the measurements wobble by less than 5 ms or a fifth', () => {
  const wobble = (rttMs: number) =>
    fc.double({ min: -1, max: 1, noNaN: true }).map((part) => rttMs + part * Math.max(5, 0.2 * rttMs) * 0.999);
  const round = fc.record({ 'us-east': wobble(90), 'eu-west': wobble(80), 'ap-southeast': wobble(3) });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 30 }), (rounds) => {
      const steady = adoptRtts({}, { 'us-east': 90, 'eu-west': 80, 'ap-southeast': 3 });
      expect(rounds.reduce(adoptRtts, steady)).toBe(steady);
    }),
  );
});

it('ranks every region once, whatever was measured', () => {
  const measured = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(fc.record({ 'us-east': measured, 'eu-west': measured, 'ap-southeast': measured }), (rtts) => {
      expect(idsOf(rankByRtt(paris, adoptRtts({}, rtts))).sort()).toEqual(idsOf(paris).sort());
    }),
  );
});
