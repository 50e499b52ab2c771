import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { ClientSockets } from './client-sockets.ts';
import { METADATA_MAX_AGE_MS, openClient, RETRY } from './kafka-settings.ts';
import { divideAs } from './kafkajs.ts';
import type { PartitionLane } from './partition-lane.ts';
import type { TopicPartition } from './partition-offset.ts';
import { atMost, wordsOf } from './pauses.ts';
import { ReceivedRecord } from './record.ts';
import type { KafkaOptions } from './types.ts';

export interface ReadSettings {
  groupId: string;
  topics: string[];
  fromBeginning: boolean;
  maxWaitMs: number;
  maxBytesPerPartition: number;
  maxBytes: number;
  /** Told of a partition whose reading begins without a committed position. By the sole reader alone. */
  onNothingCommitted?: ((where: TopicPartition) => void) | undefined;
  /** Which partitions are read. By the sole reader alone; default: all. */
  owns?: ((where: TopicPartition) => boolean) | undefined;
  /** Told of each division of the group, by topic. By members of groups alone. */
  onAssigned?: ((assignment: Readonly<Record<string, readonly number[]>>) => void) | undefined;
}

/** A member that was killed holds its partitions this long; less than that, and a busy machine throws out living ones. */
const SESSION_TIMEOUT_MS = 3_000;
/** Heartbeats leave between fetches, so a session has to outlive the longest of them by some round trips. */
const SESSION_BEYOND_FETCH_MS = 1_000;
/** A third of a session: two may be lost. */
const HEARTBEAT_EVERY_MS = 1_000;
/** How long the others wait, at a new division, for a member that does not come. */
const REBALANCE_TIMEOUT_MS = 5_000;
/** The watchdog's pace, and that of commits: what is done twice after a crash is at most what was done in this time. */
const LOOK_EVERY_MS = 200;
/** Silence after which a connection is given up: while connecting, while joining, and beyond what a fetch may wait. */
const SILENT_CONNECTING_MS = 2_000;
const SILENT_JOINING_MS = REBALANCE_TIMEOUT_MS + 2_000;
const SILENT_BEYOND_FETCH_MS = 2_000;
/** What another member causes passes after some tries, and a new membership would disturb the others again. */
const TRIES = 8;
/** A full lane holds the next fetch of all partitions back this long; then its partition alone is paused. */
const HOLD_FETCH_MS = 1_000;
/** More than a member has partitions. */
const ALL_AT_ONCE = 256;

/**
 * One membership, from connecting until it is over, however it ends. kafkajs restarts itself after some failures, not
 * after others, and not at all when a link swallows what is sent. So no failure is left to it: a session that is over is
 * thrown away with its client, and a new one begun.
 */
export class GroupSession {
  readonly #settings: ReadSettings;
  readonly #sockets: ClientSockets;
  readonly #consumer: Consumer;
  readonly #laneOf: (topic: string, partition: number) => PartitionLane;
  readonly #lanes: () => Iterable<PartitionLane>;
  readonly #onJoined: (memberId: string) => void;
  readonly #startedMs = performance.now();
  readonly #over = new AbortController();
  #phase: 'connecting' | 'joining' | 'member' = 'connecting';
  #heartbeat: EachBatchPayload['heartbeat'] | undefined;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #committing: Promise<void> | undefined;

  constructor(
    kafka: KafkaOptions,
    settings: ReadSettings,
    laneOf: (topic: string, partition: number) => PartitionLane,
    lanes: () => Iterable<PartitionLane>,
    rejoinAs: string | undefined,
    onJoined: (memberId: string) => void,
  ) {
    this.#settings = settings;
    this.#laneOf = laneOf;
    this.#lanes = lanes;
    this.#onJoined = onJoined;
    const retry = { ...RETRY, retries: TRIES };
    const { kafka: client, sockets } = openClient(kafka, retry);
    this.#sockets = sockets;
    this.#consumer = client.consumer({
      groupId: settings.groupId,
      sessionTimeout: Math.max(SESSION_TIMEOUT_MS, settings.maxWaitMs + SESSION_BEYOND_FETCH_MS),
      heartbeatInterval: HEARTBEAT_EVERY_MS,
      partitionAssigners: [divideAs(rejoinAs)],
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      maxBytes: settings.maxBytes,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      retry: { ...retry, restartOnFailure: async () => false },
    });
    this.#listen();
  }

  /** Whether it is a member now and was answered within the time in which it would be given up otherwise. */
  get connected(): boolean {
    return this.#phase === 'member' && !this.#over.signal.aborted && this.#silentMs() < this.#maySilentMs();
  }

  /** Resolves with why it is over. */
  async untilOver(): Promise<string> {
    const { signal } = this.#over;
    const watch = setInterval(() => this.#watch(), LOOK_EVERY_MS);
    this.#start().catch((failure) => this.#end(wordsOf(failure)));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(watch);
    this.#sockets.close(String(signal.reason));
    // In the background: it stops kafkajs's loops, and has nobody left to talk to.
    this.#consumer.disconnect().catch(() => undefined);
    return String(signal.reason);
  }

  /** Commits what is done and leaves the group; what cannot be had in time is let go of. */
  async leave(withinMs: number): Promise<void> {
    if (!this.#over.signal.aborted) {
      const leaving = this.commit().then(() => this.#consumer.disconnect());
      await atMost(withinMs, leaving);
    }
    this.#end('the consumer was closed');
  }

  /** Never rejects: what could not be committed is committed with what comes next, or read again. */
  commit(): Promise<void> {
    this.#committing ??= this.#commitDone().finally(() => {
      this.#committing = undefined;
    });
    return this.#committing;
  }

  async #start(): Promise<void> {
    const { topics, fromBeginning } = this.#settings;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics, fromBeginning });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: ALL_AT_ONCE,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.CRASH, ({ payload }) => this.#end(wordsOf(payload.error)));
    this.#consumer.on(events.STOP, () => this.#end('kafkajs stopped'));
    this.#consumer.on(events.REQUEST, ({ payload }) => {
      // The next is JoinGroup, which is answered when all members are there.
      if (this.#phase === 'connecting' && payload.apiName === 'GroupCoordinator') this.#phase = 'joining';
    });
    this.#consumer.on(events.REBALANCING, () => {
      this.#phase = 'joining';
      void this.commit();
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#phase = 'member';
      this.#onJoined(payload.memberId);
      this.#settings.onAssigned?.(payload.memberAssignment);
      for (const lane of this.#lanes()) {
        const assigned = payload.memberAssignment[lane.topic]?.includes(lane.partition) ?? false;
        if (lane.assigned && !assigned) lane.reset();
        lane.assigned = assigned;
      }
    });
  }

  /** kafkajs's position moves on at once; what is committed follows the work. */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.#heartbeat = payload.heartbeat;
    this.#commit = payload.commitOffsetsIfNecessary;
    if (this.#over.signal.aborted) return;
    const lane = this.#laneOf(batch.topic, batch.partition);
    const records = batch.messages.map((message) => new ReceivedRecord(batch.topic, batch.partition, message));
    lane.accept(records, batch.lastOffset(), batch.highWatermark);
    payload.resolveOffset(batch.lastOffset());
    if (lane.hasRoom) return;
    await atMost(HOLD_FETCH_MS, lane.untilRoom());
    if (lane.hasRoom || this.#over.signal.aborted) return;
    const resume = payload.pause();
    void lane.untilRoom().then(() => {
      if (!this.#over.signal.aborted) resume();
    });
  }

  #watch(): void {
    if (this.#silentMs() > this.#maySilentMs()) this.#end(`no answer for ${Math.round(this.#silentMs())} ms`);
    // kafkajs opens one connection per request that finds none; when there is none, that is for its loop of fetches.
    if (this.#phase !== 'member' || !this.#sockets.connected) return;
    // The loop of fetches does so too, but not while it is held back. If it fails, that loop will see the same.
    this.#heartbeat?.().catch(() => undefined);
    void this.commit();
  }

  async #commitDone(): Promise<void> {
    const due: { lane: PartitionLane; offset: string }[] = [];
    for (const lane of this.#lanes())
      if (lane.assigned && lane.uncommitted !== undefined) due.push({ lane, offset: lane.uncommitted });
    if (due.length === 0 || !this.#commit) return;
    const topics = [...new Set(due.map(({ lane }) => lane.topic))].map((topic) => ({
      topic,
      partitions: due
        .filter(({ lane }) => lane.topic === topic)
        .map(({ lane, offset }) => ({ partition: lane.partition, offset })),
    }));
    try {
      await this.#commit({ topics });
      for (const { lane, offset } of due) if (lane.uncommitted === offset) lane.uncommitted = undefined;
    } catch {
      // As said above.
    }
  }

  #silentMs(): number {
    return performance.now() - Math.max(this.#startedMs, this.#sockets.receivedAtMs);
  }

  #maySilentMs(): number {
    if (this.#phase === 'connecting') return SILENT_CONNECTING_MS;
    return this.#phase === 'joining' ? SILENT_JOINING_MS : this.#settings.maxWaitMs + SILENT_BEYOND_FETCH_MS;
  }

  #end(why: string): void {
    if (!this.#over.signal.aborted) this.#over.abort(why);
  }
}
