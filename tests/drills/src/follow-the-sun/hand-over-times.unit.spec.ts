import { expect, it } from 'vitest';
import { handOverTimes } from './hand-over-times.ts';

const at = (atMs: number, epoch: number, edgeEpoch: number, ...writers: string[]) => ({
  ...{ atMs, epoch, edgeEpoch, writers },
});
const handOver = { from: 'eu', to: 'us', atMs: 80, gapMs: 60 };

it('the parts of a hand-over count from its proposal, by the wall clock of the machine', () => {
  const samples = [at(20, 4, 4, 'eu'), at(40, 5, 4), at(60, 5, 5), at(80, 5, 5, 'us')];
  const decided = new Map([[5, { decidedAtMs: 1_010 }]]);
  expect(handOverTimes(handOver, samples, decided, -1_000)).toEqual({ decideMs: 30, routeMs: 50, serveMs: 70 });
});

it('it is decided when the first knows of it, and be that the edge', () => {
  const samples = [at(20, 4, 4, 'eu'), at(40, 4, 5), at(60, 5, 5), at(80, 5, 5, 'us')];
  const decided = new Map([[5, { decidedAtMs: 1_010 }]]);
  expect(handOverTimes(handOver, samples, decided, -1_000)).toMatchObject({ decideMs: 30, routeMs: 30 });
});

it('an epoch that no control has noted is no hand-over', () => {
  expect(() => handOverTimes(handOver, [at(80, 5, 5, 'us')], new Map(), 0)).toThrow('epoch 5');
});
