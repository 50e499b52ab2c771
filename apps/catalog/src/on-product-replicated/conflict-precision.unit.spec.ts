import { isDeepStrictEqual } from 'node:util';
import type { ConflictRow } from '@meridian/conflicts';
import { createHlcClock, type Hlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command, decide } from '../domain/decide.ts';
import { isUnchanged, join, latestHlc, NOTHING, type ProductState } from '../domain/product-state.ts';
import { eur } from '../domain/products.fixture.ts';
import { productConflicts } from './product-conflicts.ts';

/**
 * The ledger is as good as it is precise: an entry for every write that lost unseen, and none for one that was replaced
 * knowingly. Histories of one product in three regions are played with what the service decides, joins and reports, and
 * held against an account of "happened before" that the test keeps by itself, as plain sets of writes: it reads no state.
 */

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const TAGS = ['green', 'hot', 'loose'];
const PARTS = ['name', 'price', 'tags'] as const;
type Part = (typeof PARTS)[number];
type Known = Record<Part, ReadonlySet<Hlc>>;
const FIELDS = ['name', 'price', ...TAGS.map((tag) => `tags.${tag}`)];
const partOf = (field: string) => field.split('.')[0] as Part;

/** A write as an observer of everything knows it. */
interface Write {
  hlc: Hlc;
  /** What it says of each field that it touches: a name, an amount, that a tag is added or removed. */
  said: ReadonlyMap<string, unknown>;
  /** The writes that its author knew. */
  past: Known;
}
type Writes = ReadonlyMap<Hlc, Write>;

/** The writes of a field that no other one replaced knowingly, for somebody who knows these. */
function standing(writes: Writes, field: string, known: Known): Write[] {
  const part = partOf(field);
  const all = [...known[part]].map((hlc) => writes.get(hlc) as Write).filter(({ said }) => said.has(field));
  return all.filter(({ hlc }) => !all.some(({ past }) => past[part].has(hlc)));
}

/** Of a name, one is held at a time. */
function held(writes: Writes, field: string, known: Known): Write[] {
  const all = standing(writes, field, known);
  return field === 'name' ? all.sort((a, b) => (a.hlc < b.hlc ? 1 : -1)).slice(0, 1) : all;
}

/** The field, what lost and what won, of two writes of different values; in that order. */
function pair(field: string, a: Write, b: Write): string {
  const [x, y] = [a.said.get(field), b.said.get(field)];
  const [earlier, later] = a.hlc < b.hlc ? [a, b] : [b, a];
  if (field === 'name') return [field, earlier.hlc, later.hlc].join(' ');
  const aLoses = field === 'price' ? (x as number) > (y as number) : x === 'removed';
  return (aLoses ? [field, a.hlc, b.hlc] : [field, b.hlc, a.hlc]).join(' ');
}

/** What somebody who knows one of these has to report when the other is told. */
function due(writes: Writes, here: Known, told: Known): string[] {
  const isNews = (field: string) => [...told[partOf(field)]].some((hlc) => !here[partOf(field)].has(hlc));
  return FIELDS.filter(isNews).flatMap((field) => {
    const mine = held(writes, field, here).filter(({ hlc }) => !told[partOf(field)].has(hlc));
    const others = held(writes, field, told).filter(({ hlc }) => !here[partOf(field)].has(hlc));
    const differing = mine.flatMap((a) => others.map((b) => [a, b] as const));
    return differing.filter(([a, b]) => a.said.get(field) !== b.said.get(field)).map(([a, b]) => pair(field, a, b));
  });
}

const pick = fc.nat(1_000);
const at = fc.nat(2);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), at, pick, parts: fc.nat(6) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at, pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tell all' as const), at }) },
);
const history = fc.record({
  skewsMs: fc.array(fc.nat(400), { minLength: 3, maxLength: 3 }),
  steps: fc.array(step, { maxLength: 30, size: 'max' }),
  /** In which order what is left arrives in the end; more than once for some. */
  rest: fc.array(pick, { minLength: 24, maxLength: 24 }),
});

const nobody: Known = { name: new Set(), price: new Set(), tags: new Set() };
const both = (a: Known, b: Known): Known => ({
  name: new Set([...a.name, ...b.name]),
  price: new Set([...a.price, ...b.price]),
  tags: new Set([...a.tags, ...b.tags]),
});

function play({ skewsMs, steps, rest }: typeof history extends fc.Arbitrary<infer H> ? H : never) {
  const regions = REGIONS.map((region, i) => ({
    region,
    clock: createHlcClock({ region, wallClockMs: () => 1_000_000 + (skewsMs[i] ?? 0) }),
    state: NOTHING,
    known: nobody,
    ledger: [] as ConflictRow[],
    /** What it must report, by the account of sets. */
    due: [] as string[],
  }));
  type Region = (typeof regions)[number];
  const writes = new Map<Hlc, Write>();
  const messages: { state: ProductState; known: Known }[] = [];

  const carryOut = (here: Region, command: Extract<Command, { type: 'CreateProduct' | 'ChangeProduct' }>) => {
    const hlc = here.clock.now();
    const decision = decide(command, here.state, { hlc, region: here.region });
    if (!decision.ok) throw new Error(decision.reason);
    const said = new Map<string, unknown>();
    const own = { name: new Set<Hlc>(), price: new Set<Hlc>(), tags: new Set<Hlc>() };
    if (command.name !== undefined) said.set('name', command.name);
    if (command.price !== undefined) said.set('price', command.price.amountMinor);
    for (const tag of command.tags === undefined ? [] : TAGS) {
      const field = `tags.${tag}`;
      const isThere = held(writes, field, here.known).some((write) => write.said.get(field) === 'added');
      const isWished = command.tags?.includes(tag) ?? false;
      if (isThere !== isWished) said.set(field, isWished ? 'added' : 'removed');
    }
    writes.set(hlc, { hlc, said, past: here.known });
    // A part that is written is told as its author knows it, the others not at all.
    const told = { ...nobody };
    for (const part of PARTS.filter((one) => command[one] !== undefined)) {
      own[part].add(hlc);
      told[part] = new Set([...here.known[part], hlc]);
    }
    here.state = join(here.state, decision.delta);
    here.known = both(here.known, own);
    messages.push({ state: decision.delta, known: told });
  };

  const deliver = (here: Region, { state, known }: (typeof messages)[number]) => {
    here.due.push(...due(writes, here.known, known));
    here.known = both(here.known, known);
    const latest = latestHlc(state);
    if (latest !== undefined) here.clock.receive(latest);
    const joined = join(here.state, state);
    if (isUnchanged(here.state, joined)) return;
    here.ledger.push(...productConflicts('TEA-1', here.state, state));
    here.state = joined;
  };

  // Created once and known everywhere; what follows is concurrent as it happens.
  const [first, ...others] = regions as [Region, ...Region[]];
  carryOut(first, { type: 'CreateProduct', name: 'Tea', price: eur(450), tags: ['hot'], stock: {} });
  for (const here of others) deliver(here, messages[0] as (typeof messages)[0]);

  for (const one of steps) {
    const here = regions[one.at] as Region;
    if (one.kind === 'deliver') deliver(here, messages[one.pick % messages.length] as (typeof messages)[0]);
    else if (one.kind === 'tell all') messages.push({ state: here.state, known: here.known });
    else
      carryOut(here, {
        type: 'ChangeProduct',
        ...(one.parts % 3 !== 1 && { tags: TAGS.filter((_, i) => (one.pick >> i) % 2 === 1) }),
        ...(one.parts % 3 === 1 && { name: `Tea ${writes.size}` }),
        ...(one.parts > 3 && { price: eur(1 + (one.pick % 3)) }),
      });
  }
  // Everything arrives in the end: first as it falls, some of it twice, then whatever has not.
  for (const [i, which] of rest.entries())
    deliver(regions[i % 3] as Region, messages[which % messages.length] as (typeof messages)[0]);
  for (const here of regions) for (const message of messages) deliver(here, message);
  return { regions, writes };
}

const pairsOf = (ledger: readonly ConflictRow[]) =>
  ledger.map(({ field, lost, won }) => [field, lost.hlc, won.hlc].join(' '));

describe('over any history of a product in three regions', () => {
  /** A play takes 2 ms; the timeout is for machines that do much else at the time. */
  const rule = (name: string, numRuns: number, holds: (played: ReturnType<typeof play>) => void) =>
    it(name, { timeout: 60_000 }, () =>
      fc.assert(
        fc.property(history, (h) => holds(play(h))),
        { numRuns },
      ),
    );

  rule('each region reports exactly what its joins discarded unseen, and each of it once', 1_000, ({ regions }) => {
    for (const here of regions) {
      const [reported, expected] = [pairsOf(here.ledger).sort(), here.due.sort()];
      if (!isDeepStrictEqual(reported, expected)) expect(reported).toEqual(expected);
    }
  });

  rule('no entry names a write that the other one’s author had seen', 300, ({ regions, writes }) => {
    for (const { field, lost, won } of regions.flatMap(({ ledger }) => ledger)) {
      const past = (hlc: Hlc) => writes.get(hlc)?.past[partOf(field)] ?? expect.fail(`nobody wrote ${hlc}`);
      if (past(won.hlc).has(lost.hlc) || past(lost.hlc).has(won.hlc)) expect.fail(`${won.hlc} and ${lost.hlc}`);
    }
  });

  rule(
    'over the union of the regions each removal that did not hold, and each price beside another, has its entries',
    300,
    ({ regions, writes }) => {
      const reported = new Set(regions.flatMap(({ ledger }) => pairsOf(ledger)));
      const all = regions.map(({ known }) => known).reduce(both);
      for (const field of FIELDS.filter((one) => one !== 'name')) {
        const left = standing(writes, field, all);
        for (const [i, a] of left.entries())
          for (const b of left.slice(i + 1))
            if (a.said.get(field) !== b.said.get(field) && !reported.has(pair(field, a, b)))
              expect.fail(`${pair(field, a, b)}: in silence`);
      }
    },
  );

  rule('over the union of the regions no accepted name vanishes without an entry', 300, ({ regions, writes }) => {
    const lost = new Set(
      regions.flatMap(({ ledger }) => ledger.filter(({ field }) => field === 'name').map((entry) => entry.lost.hlc)),
    );
    const all = regions.map(({ known }) => known).reduce(both);
    const [kept] = held(writes, 'name', all);
    for (const { hlc } of standing(writes, 'name', all))
      if (hlc !== kept?.hlc && !lost.has(hlc)) expect.fail(`the name of ${hlc} vanished`);
  });

  rule(
    'one conflict has one id, in whichever region it is noticed, and two have two, also of tags that one write removed',
    300,
    ({ regions }) => {
      const rows = regions.flatMap(({ ledger }) => ledger);
      const [ids, pairs] = [new Set(rows.map(({ id }) => id)), new Set(pairsOf(rows))];
      if (ids.size !== pairs.size) expect.fail(`${pairs.size} conflicts have ${ids.size} ids`);
    },
  );

  rule(
    'all regions hold the same state in the end, what is remembered of removals too',
    300,
    ({ regions: [first, ...others] }) => {
      for (const { state } of others)
        if (!isUnchanged(first?.state ?? NOTHING, state)) expect(state).toEqual(first?.state);
    },
  );

  it('some histories do have removals that lost, in more than one region', () => {
    const played = fc.sample(history, { numRuns: 300, seed: 5 }).map(play);
    const noticing = played.map(
      ({ regions }) => regions.filter(({ ledger }) => ledger.some(({ rule }) => rule === 'add-wins')).length,
    );
    expect(noticing.filter((n) => n > 1).length).toBeGreaterThan(50);
    expect(noticing.filter((n) => n === 0).length).toBeGreaterThan(10);
  });
});
