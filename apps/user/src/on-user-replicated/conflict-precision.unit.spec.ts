import { isDeepStrictEqual } from 'node:util';
import { type ConflictRow, registerConflicts } from '@meridian/conflicts';
import { createHlcClock, type Hlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command, decide } from '../domain/decide.ts';
import { join, overridden, type UserState } from '../domain/user.ts';

/**
 * The ledger is as good as it is precise: an entry for every value that was lost unseen, and none for an edit. Histories
 * of one user in three regions are played with what the service decides, joins and reports, and held against an account
 * of "happened before" that the test keeps by itself, as plain sets of writes: it reads neither `seen` nor clocks.
 */

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const FIELDS = ['name', 'country'] as const;
type Field = (typeof FIELDS)[number];

/** A write of one field, as an observer of everything knows it. */
interface Write {
  field: Field;
  hlc: Hlc;
  value: string;
  /** The writes of this field that its author knew. */
  past: ReadonlySet<Hlc>;
}

interface Region {
  region: string;
  clock: ReturnType<typeof createHlcClock>;
  state: UserState;
  known: Record<Field, Set<Hlc>>;
  ledger: ConflictRow[];
}

const pickOf = fc.nat(1_000);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), at: fc.nat(2), both: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: fc.nat(2), pick: pickOf }) },
);
const history = fc.record({
  skewsMs: fc.array(fc.nat(400), { minLength: 3, maxLength: 3 }),
  steps: fc.array(step, { maxLength: 25, size: 'max' }),
  /** In which order what is left arrives in the end; more than once for some. */
  rest: fc.array(pickOf, { minLength: 24, maxLength: 24 }),
});
type History = typeof history extends fc.Arbitrary<infer H> ? H : never;

const country = ['IE', 'GB', 'SG', 'US'];

function play({ skewsMs, steps, rest }: History) {
  const regions: Region[] = REGIONS.map((region, i) => ({
    region,
    clock: createHlcClock({ region, wallClockMs: () => 1_000_000 + (skewsMs[i] ?? 0) }),
    state: {},
    known: { name: new Set(), country: new Set() },
    ledger: [],
  }));
  const events: UserState[] = [];
  const byReading = new Map<string, Write>();
  /** What each region must report, by the account of sets. */
  const expected: Record<string, Set<string>> = Object.fromEntries(REGIONS.map((region) => [region, new Set()]));

  const carryOut = (here: Region, command: Command) => {
    const hlc = here.clock.now();
    const decision = decide(command, here.state, { hlc, at: '2026-11-25T12:00:00.000Z', region: here.region });
    if (!decision.ok) throw new Error(decision.reason);
    here.state = join(here.state, decision.delta);
    events.push(decision.delta);
    for (const field of FIELDS) {
      const value = decision.delta[field]?.value;
      if (value === undefined) continue;
      byReading.set(`${field} ${hlc}`, { field, hlc, value, past: new Set(here.known[field]) });
      here.known[field].add(hlc);
    }
  };

  const deliver = (here: Region, event: UserState) => {
    for (const field of FIELDS) {
      const came = byReading.get(`${field} ${event[field]?.hlc}`);
      const held = byReading.get(`${field} ${here.state[field]?.hlc}`);
      if (came && held && !here.known[field].has(came.hlc) && !came.past.has(held.hlc) && came.value !== held.value)
        expected[here.region]?.add([field, ...[came.hlc, held.hlc].sort()].join(' '));
      if (came) for (const hlc of [came.hlc, ...came.past]) here.known[field].add(hlc);
    }
    for (const { hlc } of Object.values(event)) here.clock.receive(hlc);
    here.ledger.push(...registerConflicts({ aggregate: 'user', aggregateId: 'u-1' }, overridden(here.state, event)));
    here.state = join(here.state, event);
  };

  // Registered once and known everywhere; what follows is concurrent as it happens.
  const [first] = regions as [Region, ...Region[]];
  carryOut(first, { type: 'RegisterUser', email: 'ada@example.com', name: 'Ada', country: 'GB' });
  for (const here of regions) if (here !== first) deliver(here, events[0] as UserState);

  for (const one of steps) {
    const here = regions[one.at] as Region;
    if (one.kind === 'deliver') deliver(here, events[one.pick % events.length] as UserState);
    else {
      const n = byReading.size;
      const fields = { name: `Name ${n}`, ...(one.both && { country: country[n % country.length] }) };
      carryOut(here, { type: 'ChangeProfile', ...fields });
    }
  }
  // Everything arrives in the end: first as it falls, some of it twice, then whatever has not.
  for (const [i, pick] of rest.entries()) deliver(regions[i % 3] as Region, events[pick % events.length] as UserState);
  for (const here of regions) for (const event of events) deliver(here, event);
  return { regions, writes: [...byReading.values()], expected };
}

const pairsOf = (ledger: ConflictRow[]) => ledger.map(({ field, lost, won }) => [field, lost.hlc, won.hlc].join(' '));

describe('over any history of a user in three regions', () => {
  const property = (holds: (played: ReturnType<typeof play>) => void) =>
    fc.assert(
      fc.property(history, (h) => holds(play(h))),
      { numRuns: 1_000 },
    );

  it('each region reports exactly what its joins discarded unseen, and each of it once', () =>
    property(({ regions, expected }) => {
      for (const { region, ledger } of regions) {
        const reported = pairsOf(ledger).sort();
        const due = [...(expected[region] ?? [])].sort();
        if (!isDeepStrictEqual(reported, due)) expect(reported).toEqual(due);
      }
    }));

  it('no entry names a write that the other one’s author had seen, and the loser is the earlier one', () =>
    property(({ regions, writes }) => {
      const pastOf = new Map(writes.map(({ field, hlc, past }) => [`${field} ${hlc}`, past]));
      for (const { field, lost, won } of regions.flatMap(({ ledger }) => ledger)) {
        if (pastOf.get(`${field} ${won.hlc}`)?.has(lost.hlc)) expect.fail(`${won.hlc} was an edit of ${lost.hlc}`);
        if (pastOf.get(`${field} ${lost.hlc}`)?.has(won.hlc)) expect.fail(`${lost.hlc} was an edit of ${won.hlc}`);
        if (lost.hlc > won.hlc) expect.fail(`${lost.hlc} lost to an earlier write`);
      }
    }));

  it('over the union of the regions no accepted value vanishes without an entry', () =>
    property(({ regions, writes }) => {
      const lost = new Map(
        regions.flatMap(({ ledger }) => ledger).map((entry) => [`${entry.field} ${entry.lost.hlc}`, entry]),
      );
      for (const { field, hlc, value } of writes) {
        const isKept = regions[0]?.state[field]?.value === value;
        const isReplaced = writes.some((other) => other.field === field && other.past.has(hlc));
        // One of two equal values may stand for both.
        const isTwin = writes.some((other) => other.field === field && other.hlc !== hlc && other.value === value);
        if (isKept || isReplaced || isTwin) continue;
        if (lost.get(`${field} ${hlc}`)?.lost.value !== value) expect.fail(`${field} of ${hlc} vanished`);
      }
    }));

  it('one conflict has one id, in whichever region it is noticed, and two have two', () =>
    property(({ regions }) => {
      const rows = regions.flatMap(({ ledger }) => ledger);
      const [ids, pairs] = [new Set(rows.map(({ id }) => id)), new Set(pairsOf(rows))];
      if (ids.size !== pairs.size) expect.fail(`${pairs.size} conflicts have ${ids.size} ids`);
    }));

  it('some histories do have conflicts, in more than one region', () => {
    const played = fc.sample(history, { numRuns: 300, seed: 5 }).map(play);
    const entries = played.map(({ regions }) => regions.filter(({ ledger }) => ledger.length > 0).length);
    expect(entries.filter((n) => n > 1).length).toBeGreaterThan(50);
    expect(entries.filter((n) => n === 0).length).toBeGreaterThan(10);
  });
});
