import { CommittedPositions } from './committed-positions.ts';
import type { ReadSettings } from './group-session.ts';
import { keyOf, type Reading } from './log-reading.ts';
import { LogSession, type ReaderMemory } from './log-session.ts';
import { type LaneWork, type LogItem, PartitionLane, type ReadBatch } from './partition-lane.ts';
import type { PartitionOffset } from './partition-offset.ts';
import { atMost, pause, wordsOf } from './pauses.ts';
import type { ConsumerHealth, KafkaOptions, RunningConsumer } from './types.ts';

/**
 * While nothing answers, a new connection is begun this often beside those that are still waiting, and the first that is
 * answered is taken. One at a time would have to last for some round trips, and a link that heals late in that time would
 * wait for the next; the kernel's own repetitions come after 1, 3, 7, 15 s.
 */
const OPEN_EVERY_MS = 500;
const AFTER_REFUSAL_MS = 100;
const COMMIT_EVERY_MS = 200;
/**
 * In a hurry more is done in 200 ms than anybody wants to see twice. So a commit also leaves when this much was done since
 * the last one, and work waits when a commit is not answered before as much was done as a fetch brings: over a distance
 * both take a round trip, and neither waits for the other.
 */
const COMMIT_EVERY_BYTES = 1024 * 1024;
const MOST_UNCOMMITTED_BYTES = 4 * 1024 * 1024;
/**
 * Where some times as much is read at a time from afar: twice as much as is under way, as a commit leaves when the first of it is done and
 * is answered when the next has come. With less, work would wait for a second round trip.
 */
const mostUncommittedBytes = (times: number) => (times > 1 ? 2 : 1) * times * MOST_UNCOMMITTED_BYTES;
/** A coordinator that is away for long holds nothing up; what is done meanwhile comes twice after a crash. */
const WAIT_FOR_COMMIT_MS = 1_000;
/** Of the 3 s that closing may take: for the records in hand, and for the last commit. */
const FINISH_WITHIN_MS = 1_500;
const COMMIT_WITHIN_MS = 1_300;

/** What of a lane's batch the positions know. */
interface Positioned {
  /** Where the reading of the partition began: undefined where nothing was committed. */
  committed: PartitionOffset | undefined;
  /** Commits where the batch begins, with a note. Resolves when that is answered, after 1 s at most. */
  commitBefore(note: string): Promise<void>;
}

/** As a lane's work, with what the positions know. */
export type PositionedWork<Item extends LogItem> = (
  batch: ReadBatch<Item> & Positioned,
  ...rest: [done: Parameters<LaneWork<Item>>[1], signal: AbortSignal]
) => Promise<void>;

/**
 * Reads all partitions of its topics by itself, without joining a group: there is one replicator per region, so there is
 * nothing to divide, and a group would make a link that heals wait for its coordinator, its members and its division.
 * Positions are committed under a group's name all the same, for the process that comes after this one; within a process
 * they are remembered, so that after the loss of a connection the first thing that is sent is the next fetch: data comes
 * two round trips after a link has healed (one of them is TCP's), against ten with a group.
 *
 * After a crash comes twice what was done and not committed: at most `MOST_UNCOMMITTED_BYTES` (some times as much of a
 * backlog from afar), and what was in hand of each partition.
 *
 * Limits: two at once with one name both read everything. Nothing tells them of each other.
 */
export class SoleConsumer<Item extends LogItem> implements RunningConsumer {
  readonly health: ConsumerHealth;
  readonly #kafka: KafkaOptions;
  readonly #settings: ReadSettings;
  readonly #reading: Reading<Item>;
  readonly #work: PositionedWork<Item>;
  readonly #lanes = new Map<string, PartitionLane<Item>>();
  readonly #memory: ReaderMemory = {
    ...{ layout: undefined, positions: undefined, committed: new Map(), timesAsked: 0 },
    ...{ identity: undefined, anew: new Set() },
  };
  readonly #committed: CommittedPositions;
  readonly #closed = new AbortController();
  #session: LogSession<Item> | undefined;
  #committing: Promise<boolean> | undefined;
  /** What was done and is in no commit that was answered. */
  #uncommittedBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(
    kafka: KafkaOptions,
    settings: ReadSettings,
    reading: Reading<Item>,
    work: PositionedWork<Item>,
    signal?: AbortSignal,
  ) {
    this.#kafka = kafka;
    this.#settings = {
      ...settings,
      onNothingCommitted: (where) => {
        // Where it is read from its beginning again, what was read of it before is no longer of account.
        this.#lanes.get(keyOf(where))?.reset();
        settings.onNothingCommitted?.(where);
      },
    };
    this.#reading = reading;
    this.#work = work;
    this.#committed = new CommittedPositions(kafka, settings.groupId);
    const consumer = this;
    this.health = {
      get connected() {
        return consumer.#session?.connected ?? false;
      },
      lag: () =>
        Object.fromEntries([...this.#lanes].flatMap(([key, { lag }]) => (lag === undefined ? [] : [[key, lag]]))),
    };
    const onAbort = () => void this.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#closed.signal.addEventListener('abort', () => signal?.removeEventListener('abort', onAbort));
    if (signal?.aborted) onAbort();
    else void this.#run();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.finish();
    await atMost(FINISH_WITHIN_MS, Promise.all(lanes.map((lane) => lane.untilIdle())));
    if (this.health.connected) await atMost(COMMIT_WITHIN_MS, this.#commitAll());
    this.#session?.close('the consumer was closed');
    this.#committed.close('the consumer was closed');
  }

  async #run(): Promise<void> {
    const { logger } = this.#kafka;
    const { groupId, topics } = this.#settings;
    const committing = setInterval(() => {
      if (this.health.connected) void this.#commit();
    }, COMMIT_EVERY_MS);
    this.#closed.signal.addEventListener('abort', () => clearInterval(committing));
    let wasAway = false;
    for (;;) {
      this.#session = await this.#open((why) => {
        if (!wasAway) logger?.warn({ groupId, topics, why }, 'the consumer has no connection; trying until it has');
        wasAway = true;
      });
      if (!this.#session) return;
      if (wasAway) logger?.info({ groupId, topics }, 'the consumer is connected again');
      wasAway = false;
      const why = await this.#session.read((topic, partition) => this.#laneOf(topic, partition));
      if (this.#closed.signal.aborted) return;
      // Its connection was over the same link.
      this.#committed.close(why);
      logger?.warn({ groupId, topics, why }, 'the consumer has lost its connection; trying until it has one');
      wasAway = true;
    }
  }

  /** The first session that is answered; undefined when the consumer was closed. */
  async #open(onFailure: (why: string) => void): Promise<LogSession<Item> | undefined> {
    const { signal } = this.#closed;
    const opening = new Set<LogSession<Item>>();
    const answered = new AbortController();
    let first: LogSession<Item> | undefined;
    while (!signal.aborted && !first) {
      const refused = new AbortController();
      const session = new LogSession(this.#kafka, this.#settings, this.#reading, this.#memory, this.#committed);
      opening.add(session);
      session.open().then(
        () => {
          first ??= session;
          answered.abort();
        },
        (failure) => {
          session.close(wordsOf(failure));
          opening.delete(session);
          if (!first) onFailure(wordsOf(failure));
          refused.abort();
        },
      );
      await pause(OPEN_EVERY_MS, AbortSignal.any([signal, answered.signal, refused.signal]));
      if (refused.signal.aborted && !first) await pause(AFTER_REFUSAL_MS, signal);
    }
    for (const session of opening) if (session !== first || signal.aborted) session.close('another one was first');
    return signal.aborted ? undefined : first;
  }

  /** Of what is done, if none is under way: that one covers what was done when it left. Resolves with whether it was answered. */
  #commit(): Promise<boolean> {
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
    return this.#committing;
  }

  async #commitWhatIsDone(): Promise<void> {
    await this.#committing;
    await this.#commit();
  }

  /** The next batch of a partition, once not too much is done that a crash would repeat. */
  readonly #workOff: LaneWork<Item> = async (batch, done, signal) => {
    await this.#untilLittleIsUncommitted();
    const committed = this.#memory.committed.get(keyOf(batch));
    const commitBefore = async (note: string) => {
      const [first] = batch.records;
      done(String(BigInt(first?.firstOffset ?? first?.offset ?? batch.lastOffset) - 1n), note);
      await atMost(WAIT_FOR_COMMIT_MS, this.#commitWhatIsDone());
    };
    await this.#work({ ...batch, committed, commitBefore }, done, signal);
    if (signal.aborted) return;
    done(batch.lastOffset);
    this.#uncommittedBytes += batch.bytes;
    if (this.#uncommittedBytes >= COMMIT_EVERY_BYTES && this.health.connected) void this.#commit();
  };

  /** One commit may not be enough, as it can have left before most of it was done. */
  async #untilLittleIsUncommitted(): Promise<void> {
    const { signal } = this.#closed;
    const giveUpAtMs = performance.now() + WAIT_FOR_COMMIT_MS;
    const most = () => mostUncommittedBytes(this.#session?.times ?? 1);
    while (this.#uncommittedBytes >= most() && !signal.aborted) {
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) return;
      let isAnswered = false;
      const committing = this.#commit().then((answered) => {
        isAnswered = answered;
      });
      await atMost(leftMs, committing);
      if (!isAnswered) await pause(AFTER_REFUSAL_MS, signal);
    }
  }

  /** Never rejects: what could not be committed is committed with what comes next, or read again by the next process. */
  async #commitAll(): Promise<boolean> {
    const due: (PartitionOffset & { lane: PartitionLane<Item> })[] = [];
    for (const lane of this.#lanes.values()) {
      const { topic, partition, uncommitted: offset, note } = lane;
      if (offset !== undefined) due.push({ topic, partition, offset, note, lane });
    }
    const bytes = this.#uncommittedBytes;
    if (due.length === 0) {
      // What was done has been committed already, or is no longer of account.
      this.#uncommittedBytes = 0;
      return true;
    }
    try {
      await this.#committed.commit(due.map(({ lane: _, ...offset }) => offset));
      for (const { lane, offset } of due) if (lane.uncommitted === offset) lane.uncommitted = undefined;
      this.#uncommittedBytes -= bytes;
      return true;
    } catch (failure) {
      this.#kafka.logger?.debug({ why: wordsOf(failure) }, 'positions were not committed');
      return false;
    }
  }

  #laneOf(topic: string, partition: number): PartitionLane<Item> {
    const key = `${topic}/${partition}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new PartitionLane(topic, partition, this.#workOff);
      lane.note = this.#memory.committed.get(key)?.note;
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}
