import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after } from './commands.fixture.ts';
import {
  automaticFailover,
  COOL_DOWN_MS,
  decideCommand,
  firstRoutingTable,
  LOST_AFTER_LOOKS,
  type Mode,
  type PrimaryView,
  type RegionCommand,
  type RoutingTable,
} from './index.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast'];
const mode: Mode = { kind: 'active-passive', primary: 'us-east', automatic: true };
const table = after(firstRoutingTable(regions), { kind: 'set-mode', mode });
const lost = (by: string, more: Partial<PrimaryView> = {}): PrimaryView => ({
  ...{ by, epoch: table.epoch, missed: LOST_AFTER_LOOKS, appliedEvents: 10 },
  ...more,
});
const both = [lost('eu-west'), lost('ap-southeast')];
const failed = (successor: string) => ({
  ...{ kind: 'fail', region: 'us-east', successor, votes: ['eu-west', 'ap-southeast'] },
});
const with_ = (...commands: RegionCommand[]): RoutingTable => after(table, ...commands);
const under = (now: RoutingTable) => both.map((view) => ({ ...view, epoch: now.epoch }));

describe('automaticFailover', () => {
  it('fails a primary that all others have missed, and names the first of them', () => {
    expect(automaticFailover(table, both, undefined)).toEqual(failed('eu-west'));
  });

  it.each<[string, RoutingTable, PrimaryView[], number | undefined]>([
    ['nobody has looked', table, [], undefined],
    ['one region alone misses it', table, [lost('eu-west')], undefined],
    ['the same region says so twice', table, [lost('eu-west'), lost('eu-west')], undefined],
    ['one has missed it once too few', table, [lost('eu-west', { missed: 3 }), lost('ap-southeast')], undefined],
    ['one looked under an older epoch', table, [lost('eu-west', { epoch: 0 }), lost('ap-southeast')], undefined],
    ['who says so is no region', table, [lost('eu-west'), lost('mars')], undefined],
    ['the primary itself is one of two', table, [lost('eu-west'), lost('us-east')], undefined],
    ['another region failed a moment ago', table, both, COOL_DOWN_MS - 1],
    [
      'nobody asked for it',
      after(table, { kind: 'set-mode', mode: { ...mode, automatic: undefined } }),
      both,
      undefined,
    ],
    ['there is no primary', after(table, { kind: 'set-mode', mode: { kind: 'active-active' } }), both, undefined],
  ])('does nothing when %s', (_, now, views, lastFailureMs) => {
    const ofNow = now === table ? views : under(now);
    expect(automaticFailover(now, ofNow, lastFailureMs)).toBeUndefined();
  });

  it('may do so again when the cool-down is over', () => {
    expect(automaticFailover(table, both, COOL_DOWN_MS)).toEqual(failed('eu-west'));
  });

  it('chooses who has most of what the primary wrote', () => {
    const views = [lost('eu-west'), lost('ap-southeast', { appliedEvents: 11 })];
    expect(automaticFailover(table, views, undefined)).toEqual(failed('ap-southeast'));
  });

  it('chooses who serves before who stands by, however far that one is', () => {
    const now = with_({ kind: 'stand-by', region: 'eu-west' });
    const views = [lost('eu-west', { epoch: 2, appliedEvents: 99 }), lost('ap-southeast', { epoch: 2 })];
    expect(automaticFailover(now, views, undefined)).toEqual(failed('ap-southeast'));
  });

  it('chooses nobody who is on the way out or not yet equal', () => {
    const now = with_({ kind: 'drain', region: 'eu-west' }, { kind: 'drain', region: 'ap-southeast' });
    expect(automaticFailover(now, under(now), undefined)).toBeUndefined();
  });

  const view = fc.record({
    by: fc.constantFrom(...regions, 'mars'),
    epoch: fc.constantFrom(0, 1, 2),
    missed: fc.nat(2 * LOST_AFTER_LOOKS),
    appliedEvents: fc.nat(3),
  });

  it('R22 a minority never fails the primary', () => {
    fc.assert(
      fc.property(fc.array(view, { maxLength: 8 }), (views) => {
        const command = automaticFailover(table, views, undefined);
        const voters = new Set(
          views.filter((v) => v.epoch === table.epoch && v.missed >= LOST_AFTER_LOOKS).map((v) => v.by),
        );
        for (const nobody of ['mars', 'us-east']) voters.delete(nobody);
        if (voters.size < 2) expect(command).toBeUndefined();
      }),
    );
  });

  it('R22 what it asks for is granted on the same table and on no later one', () => {
    fc.assert(
      fc.property(fc.array(view, { maxLength: 8 }), fc.array(view, { maxLength: 8 }), (some, others) => {
        const [one, two] = [some, others].map((views) => automaticFailover(table, views, undefined));
        if (!one || !two) return;
        const first = decideCommand(table, one, 0);
        if (!first.ok) throw new Error(first.detail);
        expect(first.table.epoch).toBe(table.epoch + 1);
        // Whoever comes second, with a successor of its own, changes nothing.
        expect(decideCommand(first.table, two, 0)).toMatchObject({ ok: false, reason: 'AlreadySo' });
        expect(automaticFailover(first.table, others, 0)).toBeUndefined();
      }),
    );
  });
});
