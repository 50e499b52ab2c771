import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Arrival } from './answer-assembly.ts';
import { type Lane, type Leader, LeaderReader, type LedPartition, wantedOf } from './leader-reader.ts';
import type { FetchedPart, FetchLimits, WantedPart } from './log-reading.ts';
import type { LogItem } from './partition-lane.ts';

const MIB = 1024 * 1024;
const SETTINGS = {
  ...{ groupId: 'g', topics: ['t'], fromBeginning: true },
  ...{ maxWaitMs: 500, maxBytesPerPartition: MIB, maxBytes: 4 * MIB },
};
const PARTITIONS = [0, 1, 2, 3, 4, 5].map(
  (partition): LedPartition => ({ topic: 't', partition, leader: { host: 'h', port: 1 } }),
);

interface Fetch {
  askedMs: number;
  wanted: readonly WantedPart[];
  limits: FetchLimits;
  resolve(answer: FetchedPart<LogItem>[]): void;
  reject(failure: Error): void;
}

/** Answers when it is told to, in the order in which it is asked and no more than that: a round trip later, and then as fast as its link is. */
class FakeLeader implements Leader<LogItem> {
  readonly link: { roundTripMs: number; lastArrival: Arrival };
  bytesPerMs: number;
  readonly underWay: Fetch[] = [];

  constructor(roundTripMs: number, bytesPerMs: number) {
    this.link = { roundTripMs, lastArrival: { beganAtMs: 0, bytes: 0, ms: 0 } };
    this.bytesPerMs = bytesPerMs;
  }

  fetch(wanted: readonly WantedPart[], limits: FetchLimits): Promise<FetchedPart<LogItem>[]> {
    const askedMs = performance.now();
    return new Promise((resolve, reject) => this.underWay.push({ askedMs, wanted, limits, resolve, reject }));
  }

  /** To the fetch that was asked for first, with one record of so many bytes of each of its partitions that have any. */
  async answer(bytesOf: (partition: number) => number): Promise<void> {
    const { askedMs, wanted, limits, resolve } = this.underWay.shift() as Fetch;
    let room = limits.maxBytes;
    const parts = wanted.flatMap(({ topic, partition, fetchOffset: offset, maxBytes }) => {
      const bytes = Math.min(bytesOf(partition), maxBytes, room);
      room -= bytes;
      if (bytes === 0) return [];
      return [{ topic, partition, items: [{ offset }], lastOffset: offset, highWatermark: '9', bytes }];
    });
    const sent = parts.reduce((sum, { bytes }) => sum + bytes, 100);
    const beganAtMs = Math.max(performance.now(), askedMs + this.link.roundTripMs);
    this.link.lastArrival = { beganAtMs, bytes: sent, ms: sent / this.bytesPerMs };
    vi.advanceTimersByTime(Math.ceil(beganAtMs + sent / this.bytesPerMs - performance.now()));
    resolve(parts);
    await turn();
  }

  get asked(): number[][] {
    return this.underWay.map(({ wanted }) => wanted.map(({ partition }) => partition));
  }
}

class FakeLane implements Lane<LogItem> {
  #full: PromiseWithResolvers<void> | undefined;
  get hasRoom() {
    return this.#full === undefined;
  }
  untilRoom = () => this.#full?.promise ?? Promise.resolve();
  accept = () => undefined;

  fill(): void {
    this.#full = Promise.withResolvers();
  }

  async empty(): Promise<void> {
    this.#full?.resolve();
    this.#full = undefined;
    await turn();
  }
}

let over: AbortController;
beforeEach(() => {
  over = new AbortController();
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  over.abort();
  vi.useRealTimers();
});

const backlog = () => 100 * MIB;
const nothing = () => 0;

async function readFrom(
  roundTripMs: number,
  bytesPerMs = 125_000,
  firstOf: (partition: number) => number = nothing,
  { settings, partitions } = { settings: SETTINGS, partitions: PARTITIONS },
) {
  const leader = new FakeLeader(roundTripMs, bytesPerMs);
  const lanes = new Map(partitions.map((one) => [one, new FakeLane()]));
  const positions = new Map(partitions.map(({ partition }) => [`t/${partition}`, '0']));
  const reader = new LeaderReader(leader, settings, positions, lanes);
  over.signal.addEventListener('abort', () => reader.close());
  const wanted = wantedOf(partitions, positions, MIB / 4);
  const first = leader.fetch(wanted, { maxWaitMs: 0, maxBytes: MIB / 4 });
  await leader.answer(firstOf);
  const ended = reader.read(await first, MIB / 4, over.signal);
  await turn();
  return {
    leader,
    reader,
    ended,
    laneOf: (partition: number) => lanes.get(PARTITIONS[partition] as never) as FakeLane,
  };
}

/** Of a leader far away, at a moment when the first answer was full of partition 0: 5 and 0 wait for their turn. */
const readBacklog = () => readFrom(237, 125_000, backlog);

it('near a leader one fetch is under way, for all partitions, and waits until there is something', async () => {
  const { leader } = await readFrom(1, 125_000, backlog);
  await leader.answer(backlog);
  expect(leader.asked.map((one) => one.toSorted())).toEqual([[0, 1, 2, 3, 4, 5]]);
  expect(leader.underWay[0]?.limits).toEqual({ maxWaitMs: 500, maxBytes: 4 * MIB, aheadBytes: 0 });
});

it('of a backlog from afar several fetches are under way, each for a partition of its own, and none of them waits', async () => {
  const { leader } = await readBacklog();
  expect(leader.asked).toEqual([[1], [2], [3], [4]]);
  expect(leader.underWay.map(({ limits }) => limits)).toEqual(
    [0, 1, 2, 3].map((ahead) => ({ maxWaitMs: 0, maxBytes: 4 * MIB, aheadBytes: ahead * 4 * MIB })),
  );
  expect(leader.underWay[0]?.wanted[0]?.maxBytes).toBe(4 * MIB);
});

it('each answer is followed by the next fetch at once, of the partitions in turn, where each ended', async () => {
  const { leader } = await readBacklog();
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[2], [3], [4], [5]]);
  await leader.answer(backlog);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[4], [5], [0], [1]]);
  expect(leader.underWay.at(-1)?.wanted[0]?.fetchOffset).toBe('1');
});

it('partitions that have little come along with those that have much, and before them', async () => {
  const { leader } = await readFrom(237);
  await leader.answer((partition) => (partition < 3 ? MIB : 1_000));
  expect(leader.asked).toEqual([[0], [1], [3, 4, 5, 2]]);
});

it('partitions that have nothing do not keep one that has much waiting', async () => {
  const { leader } = await readFrom(237);
  for (let n = 0; n < 8; n += 1) {
    await leader.answer((partition) => (partition === 5 ? 100 * MIB : 0));
    expect(leader.asked).toEqual([[0, 1, 2, 3, 4, 5]]);
  }
});

it('where of one partition as much is read as of all, one alone has what several would have', async () => {
  const settings = { ...SETTINGS, maxBytesPerPartition: 2 * MIB, maxBytes: 2 * MIB };
  const { leader } = await readFrom(237, 125_000, backlog, { settings, partitions: PARTITIONS.slice(0, 1) });
  await leader.answer(backlog);
  expect(leader.underWay.map(({ wanted, limits }) => [wanted[0]?.maxBytes, limits.maxBytes])).toEqual([
    [8 * MIB, 8 * MIB],
  ]);
});

it('two of them share what one alone would have', async () => {
  const settings = { ...SETTINGS, maxBytesPerPartition: 2 * MIB, maxBytes: 2 * MIB };
  const { leader } = await readFrom(237, 125_000, backlog, { settings, partitions: PARTITIONS.slice(0, 2) });
  expect(leader.underWay.map(({ wanted, limits }) => [wanted[0]?.maxBytes, limits])).toEqual([
    [4 * MIB, { maxWaitMs: 0, maxBytes: 4 * MIB, aheadBytes: 0 }],
    [4 * MIB, { maxWaitMs: 0, maxBytes: 4 * MIB, aheadBytes: 4 * MIB }],
  ]);
});

it('when the backlog is gone, one fetch for all is under way again, and only once the others are answered', async () => {
  const { leader, reader } = await readBacklog();
  for (let n = 0; n < 6; n += 1) await leader.answer(nothing);
  expect([reader.times, leader.underWay.length]).toEqual([1, 3]);
  await leader.answer(nothing);
  await leader.answer(nothing);
  expect(leader.asked).toHaveLength(1);
  expect(leader.underWay[0]?.limits.maxWaitMs).toBe(0);
  await leader.answer(nothing);
  expect(leader.asked.map((one) => one.toSorted())).toEqual([[0, 1, 2, 3, 4, 5]]);
  expect(leader.underWay[0]?.limits.maxWaitMs).toBe(500);
});

it('a full lane’s partition is not asked for and holds up no other one of a backlog from afar; with room it is asked for at once', async () => {
  const { leader, laneOf } = await readBacklog();
  laneOf(5).fill();
  laneOf(0).fill();
  for (let n = 0; n < 8; n += 1) {
    expect(leader.asked.flat().toSorted()).toEqual([1, 2, 3, 4]);
    await leader.answer(backlog);
  }
  laneOf(2).fill();
  for (let n = 0; n < 4; n += 1) await leader.answer(backlog);
  expect(leader.asked.flat().toSorted()).toEqual([1, 3, 4]);
  await laneOf(5).empty();
  expect(leader.asked.flat().toSorted()).toEqual([1, 3, 4, 5]);
});

it('when all lanes are full nothing is asked for, and others may read more; with room it goes on', async () => {
  const { leader, reader, laneOf } = await readBacklog();
  for (const { partition } of PARTITIONS) laneOf(partition).fill();
  while (leader.underWay.length > 0) await leader.answer(backlog);
  expect(reader.times).toBe(1);
  for (const { partition } of PARTITIONS) await laneOf(partition).empty();
  expect(leader.asked).toHaveLength(4);
});

it('what is under way counts until it is there, also when no more is wanted', async () => {
  const [one, other] = [await readBacklog(), await readBacklog()];
  expect([one.reader.times, other.reader.times]).toEqual([4, 2]);
  for (let n = 0; n < 6; n += 1) await one.leader.answer(nothing);
  expect([one.reader.times, one.leader.underWay.length]).toEqual([1, 3]);
  await other.leader.answer(backlog);
  expect(other.reader.times).toBe(3);
  one.reader.close();
  await other.leader.answer(backlog);
  expect(other.reader.times).toBe(4);
});

it('over a slow link one fetch is under way, however long its round trip', async () => {
  const { leader } = await readFrom(237, 2_500, backlog);
  await leader.answer(backlog);
  expect(leader.asked.map((one) => one.toSorted())).toEqual([[0, 1, 2, 3, 4, 5]]);
});

it('a link that becomes slow is noticed by the next answer', async () => {
  const { leader, reader } = await readBacklog();
  expect(reader.times).toBe(4);
  leader.bytesPerMs = 2_500;
  await leader.answer(backlog);
  expect(reader.times).toBe(1);
});

it('a fetch that fails ends the reading', async () => {
  const { leader, ended } = await readBacklog();
  for (const { reject } of leader.underWay) reject(new Error('the connection is gone'));
  await expect(ended).rejects.toThrow('the connection is gone');
});
