import { readFileSync } from 'node:fs';
import { parseTopology, SERVICE_NAMES } from '@meridian/regions';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StandIns, startStandIns } from '../instance/stand-in-services.fixture.ts';
import { repairRegions } from './repair.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);
const REGIONS = topology.regions.map(({ id }) => id);
const [A = '', B = '', C = ''] = REGIONS;

let regions: StandIns;
beforeEach(async () => {
  regions = await startStandIns(topology);
  for (const region of REGIONS) for (let i = 0; i < 250; i += 1) regions.states(region, 'order').set(`o-${i}`, 1);
});
afterEach(() => regions.close());

const repair = (options = {}, services: readonly (typeof SERVICE_NAMES)[number][] = SERVICE_NAMES) =>
  repairRegions(regions.session, services, { all: false, withinMs: 1_200, ...options });
const ordersOf = (region: string) => Object.fromEntries(regions.states(region, 'order'));

describe('a repair', () => {
  test('of regions that are equal tells nothing', async () => {
    expect(await repair()).toMatchObject({ resent: [], closed: [], advanced: [], equal: true });
    expect(regions.told).toEqual([]);
  });

  test('brings a region back what it lost, a batch at a time, and whatever any region knows to all others', async () => {
    const lost = [...regions.states(C, 'order').keys()].slice(0, 220);
    for (const id of lost) regions.states(C, 'order').delete(id);
    regions.states(B, 'order').set('o-230', 2);
    const report = await repair();
    expect(report).toMatchObject({ equal: true, sentence: 'Every region holds the same state.' });
    expect(report.resent).toEqual([
      { region: A, service: 'order', states: 221 },
      { region: B, service: 'order', states: 1 },
    ]);
    expect(regions.told).toEqual([...Array.from({ length: 3 }, () => `${A}/order/resend`), `${B}/order/resend`]);
    expect(ordersOf(C)).toEqual(ordersOf(A));
    expect(ordersOf(A)['o-230']).toBe(2);
    expect(await repair()).toMatchObject({ resent: [], equal: true });
  });

  test('closes the gap that it has covered, and leaves the one that no comparison can see', async () => {
    const source = `/${A}/order`;
    regions.published.set(source, 9);
    const gap = () => ({ appliedUpTo: 4, appliedLast: 9 });
    regions.inbox(B, 'order').set(source, gap());
    regions.inbox(B, 'catalog').set(source, gap());
    expect((await repair()).closed).toEqual([{ reader: `${B}/order`, source, events: 1 }]);
    // Every order told again is also told to the catalog.
    const all = await repair({ all: true }, ['order']);
    expect(all.resent).toEqual([{ region: A, service: 'order', states: 250 }]);
    expect(all.closed).toEqual([{ reader: `${B}/catalog`, source, events: 1 }]);
  });

  test('of a service that lost its database first has it number its events on', async () => {
    const source = `/${C}/order`;
    regions.inbox(A, 'order').set(source, { appliedUpTo: 70, appliedLast: 70 });
    regions.inbox(B, 'order').set(source, { appliedUpTo: 80, appliedLast: 80 });
    regions.states(C, 'order').clear();
    const { advanced, resent } = await repair();
    expect(advanced).toEqual([{ region: C, service: 'order', sequence: 80 }]);
    expect(resent).toEqual([{ region: A, service: 'order', states: 250 }]);
    expect(regions.told[0]).toBe(`${C}/order/outbox/advance`);
  });
});
