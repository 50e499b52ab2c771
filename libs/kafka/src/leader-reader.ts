import type { ReadSettings } from './group-session.ts';
import type { Address } from './kafkajs-broker.ts';
import type { LinkTimes } from './link-times.ts';
import { type FetchedPart, type FetchLimits, keyOf, type WantedPart } from './log-reading.ts';
import type { LogItem } from './partition-lane.ts';
import type { TopicPartition } from './partition-offset.ts';
import { atMost } from './pauses.ts';
import { timesWanted, WideReads } from './wide-reads.ts';

export interface LedPartition extends TopicPartition {
  leader: Address;
}

/** A partition's worker, as far as reading is concerned. */
export interface Lane<Item> {
  readonly hasRoom: boolean;
  untilRoom(): Promise<void>;
  accept(
    read: readonly Item[],
    lastOffset: string,
    highWatermark: string,
    bytes: number,
    release: (() => void) | undefined,
  ): void;
}

/** The connection to a leader. */
export interface Leader<Item> {
  readonly link: Pick<LinkTimes, 'roundTripMs' | 'lastArrival'>;
  /** Answers come in the order in which it was asked for them. */
  fetch(wanted: readonly WantedPart[], limits: FetchLimits): Promise<FetchedPart<Item>[]>;
}

/** Of 4 MiB each: one reader has all that it wants, and another one some. */
const wideReads = new WideReads(4);
/** A full lane holds the next fetch back this long; then the others are read on without it, and asked about it soon. */
const HOLD_FETCH_MS = 1_000;
const WITHOUT_FULL_MS = 200;
/** Of a usual answer, how much says how quick the link is: less than the first answer of a session with a backlog. */
const TELLING_SHARE = 1 / 32;

/**
 * Reads what a leader has of some partitions, and hands it on to their lanes.
 *
 * One fetch asks for all of them and waits at the leader until there is something: that is quickest where little is written. Over a
 * distance a backlog would come no quicker than one answer per round trip, however quick the link is; so there several fetches
 * are under way, each for partitions of its own, as where a partition is to be read on is known when its answer is there.
 */
export class LeaderReader<Item extends LogItem> {
  readonly #leader: Leader<Item>;
  readonly #settings: ReadSettings;
  readonly #positions: Map<string, string>;
  readonly #lanes: ReadonlyMap<LedPartition, Lane<Item>>;
  /**
   * Of which nothing is under way. A leader fills an answer in the order in which it is asked, so who was given something
   * is the last to be asked for next time. (kafkajs's own fetch asks in any order.)
   */
  readonly #idle: Map<LedPartition, Lane<Item>>;
  /** Shares of a usual answer each, of which there are `times`. A fetch has one, or several where a partition may fill them. */
  #underWay = 0;
  /** Whether the fetch under way, then a single one, waits at the leader. */
  #waits = false;
  #failure: { cause: unknown } | undefined;
  /** Full lanes that will wake the reader. */
  readonly #watched = new Set<Lane<Item>>();
  #wake: () => void = () => undefined;
  /** Whether the last answer that says so brought of it half as much as it might. One of which it is not known may have a backlog. */
  readonly #hasBacklog = new Map<LedPartition, boolean>();
  /** How much longer than a round trip a usual answer takes, at the rate at which the last one came. */
  #usualMs = Number.POSITIVE_INFINITY;
  #times = 1;

  /** `positions`: where to read on, by `<topic>/<partition>`; kept up to date here. */
  constructor(
    leader: Leader<Item>,
    settings: ReadSettings,
    positions: Map<string, string>,
    lanes: ReadonlyMap<LedPartition, Lane<Item>>,
  ) {
    this.#leader = leader;
    this.#settings = settings;
    this.#positions = positions;
    this.#lanes = lanes;
    this.#idle = new Map(lanes);
  }

  /** How many times as much as usual it reads at a time: so many fetches may be under way. */
  get times(): number {
    return this.#times;
  }

  /** After the answer to a first fetch of all of them, of `firstBytes` at most, on and on until `signal` aborts. Rejects when a fetch fails. */
  async read(first: readonly FetchedPart<Item>[], firstBytes: number, signal: AbortSignal): Promise<void> {
    this.#measure();
    this.#accept([...this.#lanes.keys()], first, firstBytes);
    while (!signal.aborted) {
      if (this.#judge() === 1 && this.#underWay === 0) await untilAllRoomy(this.#idle, HOLD_FETCH_MS);
      if (this.#underWay === 0) await untilOneIsRoomy(this.#idle);
      if (signal.aborted) return;
      this.#fetchMore(signal);
      await this.#untilAnAnswerOrRoom();
    }
  }

  /** Others of the process may read as much more. */
  close(): void {
    this.#times = wideReads.judge(this, 1);
  }

  #fetchMore(signal: AbortSignal): void {
    // Behind a fetch that waits at the leader no other one is answered.
    if (this.#waits) return;
    const { maxWaitMs } = this.#settings;
    const roomy = [...this.#idle].filter(([, lane]) => lane.hasRoom).map(([partition]) => partition);
    if (this.#judge() === 1) {
      // What is left of several is waited for first.
      if (this.#underWay > 0) return;
      this.#fetch(roomy, 1, roomy.length < this.#lanes.size ? Math.min(WITHOUT_FULL_MS, maxWaitMs) : maxWaitMs, signal);
      return;
    }
    const left = this.#times - this.#underWay;
    const together: LedPartition[][] = [];
    while (together.length < left && roomy.length > 0) together.push(this.#takeForOne(roomy));
    const shares = Math.min(this.#sharesOfOne, Math.floor(left / together.length));
    for (const partitions of together) this.#fetch(partitions, shares, 0, signal);
  }

  /**
   * From the front, as many with a backlog as fill an answer; those that have little come along, before them, as there would
   * be no room behind. The others wait for their turn.
   */
  #takeForOne(roomy: LedPartition[]): LedPartition[] {
    let left = this.#partitionsEach;
    const mayHaveBacklog = (one: LedPartition) => this.#hasBacklog.get(one) ?? true;
    const end = roomy.findIndex((one) => {
      if (mayHaveBacklog(one)) left -= 1;
      return left < 0;
    });
    const taken = roomy.splice(0, end < 0 ? roomy.length : end);
    return [...taken.filter((one) => !mayHaveBacklog(one)), ...taken.filter(mayHaveBacklog)];
  }

  /** How many shares a partition may fill: one, unless of a partition as much is read as of all. */
  get #sharesOfOne(): number {
    const { maxBytes, maxBytesPerPartition } = this.#settings;
    return Math.max(1, Math.floor((this.#times * maxBytesPerPartition) / maxBytes));
  }

  /** How many with a backlog share one of several fetches, each with `times` its usual part of it. */
  get #partitionsEach(): number {
    const { maxBytes, maxBytesPerPartition } = this.#settings;
    return Math.max(1, Math.floor(maxBytes / (this.#times * maxBytesPerPartition)));
  }

  #fetch(partitions: readonly LedPartition[], shares: number, maxWaitMs: number, signal: AbortSignal): void {
    const settings = this.#settings;
    for (const partition of partitions) this.#idle.delete(partition);
    const maxBytes = shares * settings.maxBytes;
    const usualMost = this.#times * settings.maxBytesPerPartition;
    const most =
      this.#times === 1 ? usualMost : Math.max(usualMost, Math.floor(settings.maxBytes / this.#partitionsEach));
    const wanted = wantedOf(partitions, this.#positions, Math.min(maxBytes, most));
    const limits = { maxWaitMs, maxBytes, aheadBytes: this.#underWay * settings.maxBytes };
    this.#underWay += shares;
    this.#waits = maxWaitMs > 0;
    this.#leader
      .fetch(wanted, limits)
      .then((answer) => {
        if (signal.aborted) return;
        this.#measure();
        this.#accept(partitions, answer, maxBytes);
      })
      .catch((cause) => {
        this.#failure ??= { cause };
      })
      .finally(() => {
        this.#underWay -= shares;
        this.#waits = false;
        this.#wake();
      });
  }

  /** One that is woken asks who has room now: what happened meanwhile is not kept. */
  async #untilAnAnswerOrRoom(): Promise<void> {
    for (const lane of fullOf(this.#idle)) this.#watch(lane);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#failure) throw this.#failure.cause;
  }

  /** Once at a time, as a lane may stay full for hours. */
  #watch(lane: Lane<Item>): void {
    if (this.#watched.has(lane)) return;
    this.#watched.add(lane);
    void lane.untilRoom().then(() => {
      this.#watched.delete(lane);
      this.#wake();
    });
  }

  #measure(): void {
    const { maxBytes, maxBytesPerPartition } = this.#settings;
    const { bytes, ms } = this.#leader.link.lastArrival;
    const usualBytes = Math.min(maxBytes, this.#lanes.size * maxBytesPerPartition);
    if (bytes >= TELLING_SHARE * usualBytes) this.#usualMs = (usualBytes * ms) / bytes;
  }

  #accept(asked: readonly LedPartition[], answer: readonly FetchedPart<Item>[], mostBytes: number): void {
    const parts = new Map(answer.map((part) => [keyOf(part), part]));
    const muchBytes = Math.min(this.#settings.maxBytesPerPartition, mostBytes) / 2;
    const isFull = answer.reduce((sum, { bytes }) => sum + bytes, 0) >= mostBytes / 2;
    const given: LedPartition[] = [];
    for (const one of asked) {
      const [key, lane] = [keyOf(one), this.#lanes.get(one) as Lane<Item>];
      const part = parts.get(key);
      // Who is not in a full answer may have had no room in it: then it says nothing.
      if (part || !isFull) this.#hasBacklog.set(one, (part?.bytes ?? 0) >= muchBytes);
      this.#idle.delete(one);
      // What the first answer of a session brings, nobody has asked for room for. It is fetched again when there is some.
      if (!part || !lane.hasRoom) {
        this.#idle.set(one, lane);
        continue;
      }
      lane.accept(part.items, part.lastOffset, part.highWatermark, part.bytes, part.release);
      this.#positions.set(key, String(BigInt(part.lastOffset) + 1n));
      given.push(one);
    }
    for (const one of given) this.#idle.set(one, this.#lanes.get(one) as Lane<Item>);
  }

  /** How much of it is read at a time: more where there is a backlog and it is far away, over a quick link. */
  #judge(): number {
    // Held up, it needs no more at a time, and others may.
    const isBacklog = [...this.#lanes].some(([one, lane]) => lane.hasRoom && this.#hasBacklog.get(one));
    const wanted = isBacklog ? timesWanted(this.#leader.link.roundTripMs, this.#usualMs) : 1;
    // What is under way is still to come, whatever is wanted from now on.
    this.#times = Math.min(wanted, wideReads.judge(this, Math.max(wanted, this.#underWay)));
    return this.#times;
  }
}

/** From where they were read to, with so much of each at most. */
export const wantedOf = (
  partitions: readonly LedPartition[],
  positions: ReadonlyMap<string, string>,
  maxBytes: number,
): WantedPart[] =>
  partitions.map(({ topic, partition }) => ({
    ...{ topic, partition, maxBytes },
    fetchOffset: positions.get(keyOf({ topic, partition })) as string,
  }));

type Lanes = ReadonlyMap<LedPartition, Lane<never>>;
const fullOf = <Item>(lanes: ReadonlyMap<LedPartition, Lane<Item>>) =>
  [...lanes.values()].filter((lane) => !lane.hasRoom);

async function untilAllRoomy(lanes: Lanes, mostMs: number): Promise<void> {
  const full = fullOf(lanes);
  if (full.length > 0) await atMost(mostMs, Promise.all(full.map((lane) => lane.untilRoom())));
}

async function untilOneIsRoomy(lanes: Lanes): Promise<void> {
  const full = fullOf(lanes);
  if (full.length === lanes.size) await Promise.race(full.map((lane) => lane.untilRoom()));
}
