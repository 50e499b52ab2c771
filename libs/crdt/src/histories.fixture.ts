import { createHlcClock, type Hlc, latestHlcOf } from '@meridian/hlc';
import fc from 'fast-check';

/**
 * Histories of one replicated value in three regions whose clocks differ. Every delta, and on some steps a region's whole
 * state, is a message for ever; a delivery picks any of them for any region: so messages are late, repeated, out of order,
 * and lost if nobody picks them.
 *
 * What happened before what is kept beside the states, as sets of writes: it reads nothing of what is under test.
 */
const kinds = ['write', 'write', 'tellAll', 'deliver', 'deliver', 'deliver'] as const;
const step = fc.tuple(fc.constantFrom(...kinds), fc.nat(2), fc.nat(1_000));
export const histories = fc.tuple(
  fc.tuple(fc.nat(400), fc.nat(400), fc.nat(400)),
  fc.array(step, { maxLength: 30, size: 'max' }),
);
export type History = typeof histories extends fc.Arbitrary<infer H> ? H : never;

export interface Replicated<S> {
  empty: S;
  join(a: S, b: S): S;
  /** The delta of some write on top of what is known; `choice` says which. Undefined when nothing is written. */
  write(known: S, at: { region: string; hlc: Hlc; choice: number }): S | undefined;
  /** Which part a write is about, where a delta tells of one part and nothing of the others. */
  partOf?(choice: number): string;
}

export interface Message<S> {
  state: S;
  /** The writes that are in the state, or that its author had joined. */
  known: ReadonlySet<Hlc>;
}

export interface Write<S> {
  hlc: Hlc;
  region: string;
  choice: number;
  /** The writes to the same part that happened before it. */
  before: ReadonlySet<Hlc>;
  delta: S;
}

export class Region<S> {
  state: S;
  known: ReadonlySet<Hlc> = new Set();
  readonly clock;
  constructor(
    readonly id: string,
    skewMs: number,
    readonly type: Replicated<S>,
  ) {
    this.state = type.empty;
    this.clock = createHlcClock({ region: id, wallClockMs: () => 1_000_000 + skewMs });
  }

  learn(state: S, writes: Iterable<Hlc>): void {
    this.state = this.type.join(this.state, state);
    const known = new Set(this.known);
    for (const write of writes) known.add(write);
    this.known = known;
  }
}

/** Plays a history; `onDelivery` is called before a message is joined. */
export function play<S>(
  type: Replicated<S>,
  [skewsMs, steps]: History,
  onDelivery: (to: Region<S>, message: Message<S>) => void = () => {},
) {
  const regions = ['us-east', 'eu-west', 'ap-southeast'].map((id, i) => new Region(id, skewsMs[i] ?? 0, type));
  const writes: Write<S>[] = [];
  const partOf = new Map<Hlc, string>();
  const messages: Message<S>[] = [];

  const write = (here: Region<S>, choice: number) => {
    const hlc = here.clock.now();
    const part = type.partOf?.(choice) ?? '';
    const delta = type.write(here.state, { region: here.id, hlc, choice });
    if (delta === undefined) return;
    const before = new Set([...here.known].filter((known) => partOf.get(known) === part));
    partOf.set(hlc, part);
    here.learn(delta, [hlc]);
    writes.push({ hlc, region: here.id, choice, before, delta });
    messages.push({ state: delta, known: new Set([...before, hlc]) });
  };
  const deliver = (to: Region<S>, message: Message<S>) => {
    onDelivery(to, message);
    const latest = latestHlcOf(message.known);
    if (latest !== undefined) to.clock.receive(latest);
    to.learn(message.state, message.known);
  };

  for (const [kind, at, choice] of steps) {
    const here = regions[at] as Region<S>;
    const message = messages[choice % messages.length];
    if (kind === 'write') write(here, choice);
    if (kind === 'tellAll') messages.push({ state: here.state, known: here.known });
    if (kind === 'deliver' && message) deliver(here, message);
  }
  return {
    regions,
    writes,
    /** Lets everything arrive everywhere at last, as deltas or as the states of the regions. */
    heal(how: 'deltas' | 'states') {
      const states = regions.map(({ state, known }) => ({ state, known }));
      const rest = how === 'states' ? states : [...messages];
      for (const to of regions) for (const message of rest) deliver(to, message);
    },
  };
}

/** The writes on top of which nobody wrote. */
export function notReplaced<S>(writes: Write<S>[]): Write<S>[] {
  const replaced = new Set(writes.flatMap(({ before }) => [...before]));
  return writes.filter(({ hlc }) => !replaced.has(hlc));
}
