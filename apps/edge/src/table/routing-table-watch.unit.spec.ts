import { firstRoutingTable, type RoutingTable } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TinyControl } from '../testing/tiny-control.ts';
import { RoutingTableWatch } from './routing-table-watch.ts';

const first = firstRoutingTable(['us-east', 'eu-west']);
const SOON = { withinMs: 2_000, everyMs: 5 };

describe('the routing table of an edge', () => {
  let a: TinyControl;
  let b: TinyControl;
  let watch: RoutingTableWatch;
  let learnt: number[];
  beforeEach(async () => {
    learnt = [];
    [a, b] = [new TinyControl(first), new TinyControl(first, 'eu-west')];
    await Promise.all([a.start(), b.start()]);
  });
  afterEach(async () => {
    watch.stop();
    await Promise.all([a.stop(), b.stop()]);
  });

  const begin = (settings = { waitMs: 1_000, retryMs: 10 }) => {
    watch = new RoutingTableWatch(first, [a.address, b.address], settings, ({ epoch }) => learnt.push(epoch));
  };
  const epoch = (expected: number) => eventually(() => expect(watch.table.epoch).toBe(expected), SOON);
  const atEpoch = (n: number): RoutingTable => ({ ...first, epoch: n });

  it('is the first table until a control says another one', async () => {
    begin();
    expect(watch.table).toBe(first);
    expect(watch.hadFirstRound).toBe(false);
    await eventually(() => expect(watch.hadFirstRound).toBe(true), SOON);
    a.decide({ kind: 'drain', region: 'eu-west' });
    await epoch(1);
    expect(watch.table.regions['eu-west']?.state).toBe('draining');
  });

  it('is what an edge that starts late finds', async () => {
    a.table = atEpoch(7);
    begin();
    await epoch(7);
  });

  it('is the highest of what the controls say, and never goes back', async () => {
    begin();
    await eventually(() => expect(watch.hadFirstRound).toBe(true), SOON);
    a.learn(atEpoch(5));
    await epoch(5);
    b.learn(atEpoch(3));
    a.learn(atEpoch(6));
    await epoch(6);
    expect(learnt).toEqual([5, 6]);
    expect(watch.controls.map(({ epoch: known }) => known)).toEqual([6, 3]);
  });

  it('is kept while all controls are gone, and is followed on when one is back', async () => {
    begin();
    a.learn(atEpoch(2));
    await epoch(2);
    await Promise.all([a.stop(), b.stop()]);
    await eventually(() => expect(watch.controls.map(({ reachable }) => reachable)).toEqual([false, false]), SOON);
    expect(watch.table.epoch).toBe(2);
    a.table = atEpoch(3);
    await a.start();
    await epoch(3);
  });

  it.each(['rubbish', '{}', '{"table":{"epoch":9}}', '{"table":{"epoch":"9"}}'])(
    'is not changed by what is no table: %s',
    async (says) => {
      a.says = says;
      begin();
      await eventually(() => expect(watch.controls[0]).toMatchObject({ reachable: false, epoch: null }), SOON);
      b.learn(atEpoch(1));
      await epoch(1);
    },
  );

  it('is asked for by a connection that waits, not again and again', async () => {
    begin();
    await eventually(() => expect(a.asked).toBe(2), SOON);
    a.learn(atEpoch(1));
    await epoch(1);
    expect(a.asked).toBeLessThanOrEqual(3);
  });

  it('is asked for at once, when someone knows of a newer one while a control is believed to be gone', async () => {
    await a.stop();
    begin({ waitMs: 1_000, retryMs: 60_000 });
    await eventually(() => expect(watch.controls[0]?.why).toBe('connection refused'), SOON);
    a.table = atEpoch(4);
    await a.start();
    expect(await watch.reach(4, 1_000)).toBe(true);
    expect(await watch.reach(3, 1)).toBe(true);
    expect(await watch.reach(5, 20)).toBe(false);
  });
});

it('has no control to ask: the first table holds', async () => {
  const watch = new RoutingTableWatch(first, [], { waitMs: 10, retryMs: 10 }, () => {});
  expect(watch.hadFirstRound).toBe(true);
  expect(await watch.reach(1, 10_000)).toBe(false);
  watch.stop();
});
