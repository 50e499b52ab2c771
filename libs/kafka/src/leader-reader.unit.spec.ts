import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

/** Answers when it is told to: a round trip after it was asked, and then as fast as its link brings the bytes. */
class FakeLeader implements Leader<LogItem> {
  readonly roundTripMs: number;
  bytesPerMs: number;
  lastArrival = { bytes: 0, ms: 0 };
  readonly underWay: Fetch[] = [];

  constructor(roundTripMs: number, bytesPerMs: number) {
    this.roundTripMs = roundTripMs;
    this.bytesPerMs = bytesPerMs;
  }

  fetch(wanted: readonly WantedPart[], limits: FetchLimits): Promise<FetchedPart<LogItem>[]> {
    const askedMs = performance.now();
    return new Promise((resolve, reject) => this.underWay.push({ askedMs, wanted, limits, resolve, reject }));
  }

  /** To the fetch that was asked for first, with one record of so many bytes of each of its partitions that have any. */
  async answer(bytesOf: (partition: number) => number): Promise<void> {
    const { askedMs, wanted, resolve } = this.underWay.shift() as Fetch;
    const parts = wanted.flatMap(({ topic, partition, fetchOffset: offset }) => {
      const bytes = bytesOf(partition);
      if (bytes === 0) return [];
      return [{ topic, partition, items: [{ offset }], lastOffset: offset, highWatermark: '9', bytes }];
    });
    const sent = parts.reduce((sum, { bytes }) => sum + bytes, 100);
    this.lastArrival = { bytes: sent, ms: sent / this.bytesPerMs };
    const beginsMs = Math.max(performance.now(), askedMs + this.roundTripMs);
    vi.advanceTimersByTime(Math.ceil(beginsMs + sent / this.bytesPerMs - performance.now()));
    resolve(parts);
    await turn();
  }

  get asked(): number[][] {
    return this.underWay.map(({ wanted }) => wanted.map(({ partition }) => partition));
  }
}

class FakeLane implements Lane<LogItem> {
  hasRoom = true;
  untilRoom = () => (this.hasRoom ? Promise.resolve() : new Promise<void>(() => undefined));
  accept = () => undefined;
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

const backlog = () => MIB;
const nothing = () => 0;

async function readFrom(roundTripMs: number, bytesPerMs = 125_000, firstOf: (partition: number) => number = nothing) {
  const leader = new FakeLeader(roundTripMs, bytesPerMs);
  const lanes = new Map(PARTITIONS.map((one) => [one, new FakeLane()]));
  const positions = new Map(PARTITIONS.map(({ partition }) => [`t/${partition}`, '0']));
  const reader = new LeaderReader(leader, SETTINGS, positions, lanes);
  over.signal.addEventListener('abort', () => reader.close());
  const wanted = wantedOf(PARTITIONS, positions, MIB / 4);
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

it('near a leader one fetch is under way, for all partitions, and waits until there is something', async () => {
  const { leader } = await readFrom(1);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[0, 1, 2, 3, 4, 5]]);
  expect(leader.underWay[0]?.limits).toEqual({ maxWaitMs: 500, maxBytes: 4 * MIB, aheadBytes: 0 });
});

it('of a backlog from afar several fetches are under way, each for a partition of its own, and none of them waits', async () => {
  const { leader } = await readFrom(237);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[0], [1], [2], [3]]);
  expect(leader.underWay.map(({ limits }) => limits)).toEqual(
    [0, 1, 2, 3].map((ahead) => ({ maxWaitMs: 0, maxBytes: 4 * MIB, aheadBytes: ahead * 4 * MIB })),
  );
  expect(leader.underWay[0]?.wanted[0]?.maxBytes).toBe(4 * MIB);
});

it('each answer is followed by the next fetch at once, of the partitions in turn, where each ended', async () => {
  const { leader } = await readFrom(237);
  await leader.answer(backlog);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[1], [2], [3], [4]]);
  await leader.answer(backlog);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[3], [4], [5], [0]]);
  expect(leader.underWay.at(-1)?.wanted[0]?.fetchOffset).toBe('2');
});

it('partitions that have little come along with those that have much', async () => {
  const { leader } = await readFrom(237);
  await leader.answer((partition) => (partition < 3 ? MIB : 1_000));
  expect(leader.asked).toEqual([[0], [1], [2, 3, 4, 5]]);
});

it('a partition that a full answer left out is taken for one with a backlog', async () => {
  const { leader } = await readFrom(237);
  await leader.answer((partition) => (partition < 4 ? MIB : 0));
  expect(leader.asked).toEqual([[4], [5], [0], [1]]);
});

it('when the backlog is gone, one fetch for all is under way again, and only once the others are answered', async () => {
  const { leader, reader } = await readFrom(237);
  await leader.answer(backlog);
  for (let n = 0; n < 6; n += 1) await leader.answer(nothing);
  expect(reader.times).toBe(1);
  while (leader.underWay.length > 1 || leader.underWay[0]?.limits.maxWaitMs === 0) {
    expect(leader.underWay.every(({ limits }) => limits.maxWaitMs === 0)).toBe(true);
    await leader.answer(nothing);
  }
  expect(leader.asked[0]?.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(leader.underWay[0]?.limits.maxWaitMs).toBe(500);
});

it('a partition whose lane is full is not asked for, and holds up no other one of a backlog from afar', async () => {
  const { leader, laneOf } = await readFrom(237);
  await leader.answer(backlog);
  laneOf(4).hasRoom = false;
  for (let n = 0; n < 12; n += 1) {
    expect(leader.asked).toHaveLength(4);
    expect(leader.asked.flat()).not.toContain(4);
    await leader.answer(backlog);
  }
});

it('the first answer of a session, which is small, tells of a backlog, too', async () => {
  const { leader } = await readFrom(237, 125_000, (partition) => (partition === 0 ? MIB / 4 : 0));
  expect(leader.asked).toEqual([[1], [2], [3], [4]]);
});

it('over a slow link one fetch is under way, however long its round trip', async () => {
  const { leader } = await readFrom(237, 2_500);
  await leader.answer(backlog);
  expect(leader.asked).toEqual([[0, 1, 2, 3, 4, 5]]);
});

it('a link that becomes slow is noticed by answers that come one after the other', async () => {
  const { leader, reader } = await readFrom(237);
  await leader.answer(backlog);
  leader.bytesPerMs = 2_500;
  await leader.answer(backlog);
  expect(reader.times).toBe(1);
});

it('a fetch that fails ends the reading', async () => {
  const { leader, ended } = await readFrom(237);
  await leader.answer(backlog);
  const [first, ...others] = leader.underWay;
  first?.reject(new Error('the connection is gone'));
  for (const other of others) other.reject(new Error('the connection is gone'));
  await expect(ended).rejects.toThrow('the connection is gone');
});
