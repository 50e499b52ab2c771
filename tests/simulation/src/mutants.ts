import { addUnits, takeOver } from '@meridian/catalog/domain/escrow';
import { ANYBODY, type Reservation, release, reservationsToRelease } from '@meridian/catalog/domain/reserve';
import { createHlcClock, formatHlc, type HlcClockOptions } from '@meridian/hlc';
import { merge } from '@meridian/order/domain/merge';
import { join, latestHlc, type OrderFacts, orderOf, refundsDue, reservationName } from '@meridian/order/domain/order';
import type { OutboxRow } from './model/outbox.ts';
import { lastWriterStock, reserveFromAll } from './mutant-stock.ts';
import { type Rules, SOUND_RULES } from './rules.ts';

/**
 * Each breaks one rule, in the way that somebody in a hurry would. A simulation that does not catch every one of them
 * proves nothing about the system, so its own test is that it does.
 */
export interface Mutant {
  name: string;
  /** Those of which one is to catch it. */
  caughtBy: readonly Invariant[];
  /** Made anew for every run: what a rule remembers is of that run. */
  rules(): Rules;
}

type Invariant = `I${number}`;

const mutant = (name: string, caughtBy: Invariant | Invariant[], change: () => Partial<Rules>): Mutant => ({
  name,
  caughtBy: [caughtBy].flat(),
  rules: () => ({ ...SOUND_RULES, ...change() }),
});

export const MUTANTS: readonly Mutant[] = [
  mutant('serial-id outbox', 'I10', () => ({ readReady: readBySerialId() })),
  mutant('publish before commit', 'I10', () => ({ publish: 'before the commit' })),
  mutant('save, then publish', ['I10', 'I5'], () => ({ publish: 'after the commit' })),
  mutant('offset committed before the record is handled', ['I1', 'I2'], () => ({ offsetBeforeHandling: true })),
  mutant('no dedupe for a side effect: stock released twice', 'I7', () => ({
    dedupesSideEffects: false,
    reservationsToRelease: (held, ...rest) => reservationsToRelease(held.map(asUnreleased), ...rest),
    release: (reservations, ...rest) => release(reservations.map(asUnreleased), ...rest),
  })),
  mutant('wall clock instead of HLC', 'I13', () => ({ createClock: wallClockOnly })),
  mutant('HLC that does not receive', 'I13', () => ({
    createClock: (options) => {
      const clock = createHlcClock(options);
      return { now: clock.now, receive: () => ({ ok: true, hlc: clock.now() }) };
    },
  })),
  // Either alone is enough nearly always: what is changed says where to go on from, and so does the greatest of all rows.
  mutant('HLC that forgets over a restart and does not look at what it changes', 'I13', () => ({
    createClock: (options) => {
      const clock = createHlcClock({ ...options, from: undefined });
      return { ...clock, now: () => clock.now() };
    },
  })),
  mutant('HLC without a bound on drift', 'I13', () => ({
    createClock: (options) => createHlcClock({ ...options, maxDriftMs: Number.POSITIVE_INFINITY }),
  })),
  mutant('last writer wins over paid and cancelled', ['I2', 'I4'], () => ({
    joinOrders: laterOf,
    mergeOrders: (known, told) => ({ facts: laterOf(known, told), isNew: true, noted: undefined, lost: [] }),
  })),
  mutant('surplus reservation never returned', 'I4', () => ({
    mergeOrders: (known, told, stamp) => ({ ...merge(known, told, stamp), facts: join(known, told), noted: undefined }),
  })),
  mutant('surplus returned by both regions', 'I4', () => ({ mergeOrders: bothReturn })),
  mutant('reservation keyed by order alone', 'I4', () => ({ reservationKey: () => ANYBODY })),
  mutant('surplus of another placing taken for this one', 'I4', () => ({
    reservationsToRelease: (held, { surplus, ...rest }, region) =>
      reservationsToRelease(held, { ...rest, surplus: surplus.map((s) => ({ ...s, region: s.reservedIn })) }, region),
  })),
  mutant('units asked for before the placing is noted', 'I4', () => ({ notesPlacing: false })),
  mutant('a charge counts at whatever total', 'I4', () => ({
    orderOf: (facts) => orderOf(atAnyTotal(facts)),
    refundsDue: (facts, region) => refundsDue(atAnyTotal(facts), region),
  })),
  mutant('order id random instead of UUIDv5', 'I4', () => ({ orderIdOf: randomIds() })),
  mutant('session read without waiting', 'I5', () => ({ level: 'eventual' })),
  mutant('horizon stamped too high', 'I5', () => ({ stampHorizons: (records, bound) => records.map(() => bound) })),
  mutant('heartbeat sent before the batch is acknowledged', 'I5', () => ({ heartbeatBeforeAcknowledgement: true })),
  mutant('horizon moves on past a dead letter', 'I5', () => ({
    holdHorizon: (known) => known ?? { reached: '0', atMs: 0, holds: [] },
  })),
  mutant('last-writer-wins register instead of escrow', 'I3', () => lastWriterStock),
  mutant('plain counter instead of escrow', 'I3', () => ({ reserve: reserveFromAll })),
  mutant('transfer applied twice', 'I3', () => ({
    onReceived: (state, units, stamp) => addUnits(state, units, stamp),
  })),
  mutant("rights usable before the giver's delta is committed", 'I3', () => ({ giveBeforeCommit: true })),
  mutant('rights reclaimed from a region that is not fenced', 'I3', () => ({
    onUnreachable: (state, from, stamp) => takeOver(state, from, stamp),
  })),
  mutant('transfer answered without its token', 'I5', () => ({ transferTellsItsToken: false })),
  mutant('replicator that copies copies', 'I7', () => ({ isReplicated: (topic) => !topic.startsWith('__') })),
];

const asUnreleased = (reservation: Reservation) => ({ ...reservation, released: false });

/** The facts of an order whose charges are all of its total. */
function atAnyTotal({ placed, charges = {}, ...facts }: OrderFacts): OrderFacts {
  const amount = placed?.total;
  const all = Object.entries(charges).map(([id, charge]) => [id, { ...charge, ...(amount && { amount }) }]);
  return { ...facts, ...(placed && { placed }), charges: Object.fromEntries(all) };
}

/** Goes on after the greatest id that it has seen, as any poller does. */
function readBySerialId(): Rules['readReady'] {
  const seen = new WeakMap<object, number>();
  return (outbox, _horizon, limit) => {
    const after = seen.get(outbox) ?? 0;
    const rows = outbox.rows.filter(({ id }) => id > after).sort((a: OutboxRow, b: OutboxRow) => a.id - b.id);
    const read = rows.slice(0, limit);
    const last = read.at(-1);
    if (last) seen.set(outbox, last.id);
    return read;
  };
}

/** Every time another one. */
function randomIds(): Rules['orderIdOf'] {
  let given = 0;
  return (_, key) => {
    given += 1;
    return `${key} ${given}`;
  };
}

function wallClockOnly({ region, wallClockMs }: HlcClockOptions) {
  let counter = 0;
  const now = () => {
    counter = (counter + 1) % 0xffff;
    return formatHlc({ wallMs: Math.floor(wallClockMs()), counter, region });
  };
  return { now, receive: () => ({ ok: true as const, hlc: now() }) };
}

function laterOf(a: OrderFacts, b: OrderFacts): OrderFacts {
  if (Object.keys(a).length === 0) return b;
  if (Object.keys(b).length === 0) return a;
  return latestHlc(a) >= latestHlc(b) ? { placed: b.placed, ...a } : { placed: a.placed, ...b };
}

/** Each takes its own reservation to be the one too many. */
function bothReturn(...[known, told, stamp]: Parameters<typeof merge>): ReturnType<typeof merge> {
  const merged = merge(known, told, stamp);
  const reservedIn = stamp.region;
  const areTwo = known.placed && told.placed && known.placed.hlc !== told.placed.hlc;
  const surplus = { ...stamp, reservedIn, sameRequest: true };
  const name = reservationName(surplus);
  if (!areTwo || known.placed?.region !== reservedIn || merged.noted || merged.facts.surplus?.[name]) return merged;
  const noted = { surplus: { [name]: surplus } };
  return { ...merged, facts: join(merged.facts, noted), noted };
}
