import { firstRoutingTable, type Mode, mayRead, mayWrite, REGION_STATES, type RoutingTable } from '@meridian/regions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KnownEpoch, learn, needsLease, type ToldEpoch } from './known-epoch.ts';
import { mayServePeer, mayTakeRead, mayTakeWrite } from './may-serve.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const NOW_MS = 1_000_000;

const mode: fc.Arbitrary<Mode> = fc
  .tuple(fc.constantFrom('active-active', 'active-passive', 'pilot-light'), fc.constantFrom(...REGIONS))
  .map(([kind, primary]) => (kind === 'active-active' ? { kind } : { kind, primary }));
const entry = fc.record({
  state: fc.constantFrom(...REGION_STATES),
  weight: fc.constant(1),
  sinceEpoch: fc.constant(0),
});
const tables: fc.Arbitrary<RoutingTable> = fc.record({
  epoch: fc.nat(5),
  mode,
  regions: fc.record(Object.fromEntries(REGIONS.map((region) => [region, entry]))),
  decidedAtMs: fc.constant(0),
  reason: fc.constant('a test'),
});
/** One table per epoch, as a majority decides it. */
const decided = fc
  .array(tables, { minLength: 1, maxLength: 6 })
  .map((all) => all.map((table, epoch) => ({ ...table, epoch })));
const tellings = decided.chain((all) =>
  fc.array(
    fc
      .record(
        {
          table: fc.constantFrom(...all),
          lease: fc.record({
            leaseMs: fc.integer({ min: 1, max: 5_000 }),
            sentAtMs: fc.integer({ min: NOW_MS - 9_000, max: NOW_MS + 9_000 }),
          }),
        },
        { requiredKeys: ['table'] },
      )
      .map(({ table, lease }): ToldEpoch => ({ table, ...lease })),
    { maxLength: 12 },
  ),
);
const knowns: fc.Arbitrary<KnownEpoch> = fc.record(
  { table: tables, leaseUntilMs: fc.integer({ min: NOW_MS - 5_000, max: NOW_MS + 5_000 }) },
  { requiredKeys: ['table'] },
);
const region = fc.constantFrom(...REGIONS);
const epoch = fc.option(fc.nat(7), { nil: undefined });
const first: KnownEpoch = { table: firstRoutingTable(REGIONS) };

const learnAll = (told: ToldEpoch[]) =>
  told.reduce(
    (known, one) => {
      const learnt = learn(known, one, NOW_MS);
      return learnt.ok ? learnt.known : known;
    },
    { table: { ...first.table, epoch: -1 } } as KnownEpoch,
  );

describe('what a service has been told', () => {
  it('is the newest of it, in whatever order and however often it was told', () =>
    fc.assert(
      fc.property(
        tellings.chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray(told, { minLength: told.length }))),
        ([told, shuffled]) => {
          expect(learnAll([...shuffled, ...told])).toEqual(learnAll(told));
        },
      ),
    ));

  it('never becomes older', () =>
    fc.assert(
      fc.property(tellings, (told) => {
        let known = first;
        for (const one of told) {
          const learnt = learn(known, one, NOW_MS);
          expect(learnt.ok || one.table.epoch <= known.table.epoch).toBe(true);
          if (!learnt.ok) continue;
          expect(learnt.known.table.epoch).toBeGreaterThanOrEqual(known.table.epoch);
          known = learnt.known;
        }
      }),
    ));

  it('is no other table of an epoch that is known: two decisions under one number are refused', () => {
    const one = { table: { ...first.table, epoch: 3 } };
    const other = { table: { ...one.table, mode: { kind: 'active-passive', primary: 'us-east' } } as RoutingTable };
    expect(learn(one, other, NOW_MS)).toEqual({ ok: false, reason: 'TwoTablesOfOneEpoch' });
  });

  it('gives a lease from when it was sent, never longer than from now, and only within its epoch', () => {
    const table: RoutingTable = { ...first.table, mode: { kind: 'active-passive', primary: 'us-east' } };
    const lease = (sentAtMs: number, known: KnownEpoch = { table }, told = table) => {
      const learnt = learn(known, { table: told, leaseMs: 3_000, sentAtMs }, NOW_MS);
      return learnt.ok && learnt.known.leaseUntilMs;
    };
    expect(lease(NOW_MS - 60_000)).toBe(NOW_MS - 57_000);
    expect(lease(NOW_MS + 60_000)).toBe(NOW_MS + 3_000);
    expect(lease(NOW_MS - 10, { table, leaseUntilMs: NOW_MS + 2_999 })).toBe(NOW_MS + 2_999);
    const newer = learn({ table, leaseUntilMs: NOW_MS + 3_000 }, { table: { ...table, epoch: 1 } }, NOW_MS);
    expect(newer.ok && newer.known).toEqual({ table: { ...table, epoch: 1 } });
  });
});

describe('a client’s write', () => {
  it('is taken exactly when its epoch is the newest, the region may write, and a lease holds where one is needed', () =>
    fc.assert(
      fc.property(knowns, region, epoch, (known, here, sent) => {
        const holds = known.leaseUntilMs !== undefined && known.leaseUntilMs > NOW_MS;
        const isOfNow = sent === undefined || sent === known.table.epoch;
        const expected = isOfNow && mayWrite(known.table, here) && (!needsLease(known.table, here) || holds);
        expect(mayTakeWrite(known, { region: here, epoch: sent, nowMs: NOW_MS }).ok).toBe(expected);
      }),
    ));

  it('is taken by one region at most where there is a primary', () =>
    fc.assert(
      fc.property(knowns, (known) => {
        fc.pre(known.table.mode.kind !== 'active-active');
        const takers = REGIONS.filter(
          (here) => mayTakeWrite(known, { region: here, epoch: undefined, nowMs: NOW_MS }).ok,
        );
        expect(takers.length).toBeLessThanOrEqual(1);
      }),
    ));

  it('that is refused for the region says its state, the mode and who may write', () => {
    const table: RoutingTable = { ...first.table, mode: { kind: 'active-passive', primary: 'us-east' } };
    expect(mayTakeWrite({ table }, { region: 'eu-west', epoch: 0, nowMs: NOW_MS })).toEqual({
      ...{ ok: false, reason: 'RegionNotWritable', state: 'active', mode: 'active-passive', instead: ['us-east'] },
    });
  });
});

describe('a read', () => {
  it('is answered wherever the newest table lets the region, by whatever older table it was sent here', () =>
    fc.assert(
      fc.property(knowns, region, epoch, (known, here, sent) => {
        const expected = (sent === undefined || sent <= known.table.epoch) && mayRead(known.table, here);
        expect(mayTakeRead(known, { region: here, epoch: sent, nowMs: NOW_MS }).ok).toBe(expected);
      }),
    ));
});

describe('what regions do for each other', () => {
  it('goes on wherever writes are taken, and in no region that was taken out without its consent', () =>
    fc.assert(
      fc.property(knowns, region, epoch, (known, here, sent) => {
        const asking = { region: here, epoch: sent, nowMs: NOW_MS };
        const isServed = mayServePeer(known, asking).ok;
        if (mayTakeWrite(known, asking).ok) expect(isServed).toBe(true);
        const state = known.table.regions[here]?.state;
        if (state === 'failed' || state === 'recovering') expect(isServed).toBe(false);
        if (sent !== undefined && sent !== known.table.epoch) expect(isServed).toBe(false);
      }),
    ));
});
