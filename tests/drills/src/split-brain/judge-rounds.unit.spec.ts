import { firstRoutingTable, type RoutingTable } from '@meridian/regions';
import { expect, it } from 'vitest';
import { judgeRounds } from './judge-rounds.ts';

const table = (epoch: number, reason: string): RoutingTable => ({
  ...{ ...firstRoutingTable(['us-east', 'eu-west']), epoch, reason },
});
const [ours, theirs] = [table(3, 'hand over to us-east'), table(3, 'hand over to eu-west')];
const lost = { at: 'eu-west', why: '409 superseded', toldTable: ours };
const knows = (of: RoutingTable) => new Map([[of.epoch, of]]);

it('one winner whom all know, the loser as well, is right', () => {
  const round = { epoch: 3, winners: [ours], losers: [lost], tookMs: 1 };
  expect(judgeRounds([round], { 'us-east': knows(ours), 'eu-west': new Map() })).toEqual({
    ...{ notOne: [], untold: [], disagreeing: [] },
  });
});

it('two winners of one epoch are noticed, and none', () => {
  const two = { epoch: 3, winners: [ours, theirs], losers: [], tookMs: 1 };
  const none = { epoch: 3, winners: [], losers: [lost], tookMs: 1 };
  expect(judgeRounds([two], {}).notOne).toEqual(['epoch 3 has 2 winners']);
  expect(judgeRounds([none], {}).notOne).toEqual(['epoch 3 has 0 winners (eu-west: 409 superseded)']);
});

it('a region that knows another table under the epoch is noticed', () => {
  const round = { epoch: 3, winners: [ours], losers: [lost], tookMs: 1 };
  expect(judgeRounds([round], { 'eu-west': knows(theirs) }).disagreeing).toHaveLength(1);
});

it('a loser who is not told who won is noticed', () => {
  const round = { epoch: 3, winners: [ours], losers: [{ ...lost, toldTable: undefined }], tookMs: 1 };
  expect(judgeRounds([round], {}).untold).toEqual(['epoch 3, eu-west: 409 superseded']);
});
