import { GroupSession, type ReadSettings } from './group-session.ts';
import { type LaneWork, PartitionLane } from './partition-lane.ts';
import { atMost, createBackoff, pause } from './pauses.ts';
import type { ConsumerHealth, KafkaOptions, RunningConsumer } from './types.ts';

const REJOIN_FIRST_MS = 50;
const REJOIN_LONGEST_MS = 250;
/** Of the 3 s that closing may take: for the records in hand, and for leaving the group. */
const FINISH_WITHIN_MS = 1_500;
const LEAVE_WITHIN_MS = 1_300;

/** A member of a group that joins again and again, until it is closed. */
export class GroupConsumer implements RunningConsumer {
  readonly health: ConsumerHealth;
  readonly #kafka: KafkaOptions;
  readonly #settings: ReadSettings;
  readonly #work: LaneWork;
  readonly #lanes = new Map<string, PartitionLane>();
  readonly #closed = new AbortController();
  #session: GroupSession | undefined;
  #closing: Promise<void> | undefined;

  constructor(kafka: KafkaOptions, settings: ReadSettings, work: LaneWork, signal?: AbortSignal) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#work = work;
    const consumer = this;
    this.health = {
      get connected() {
        return consumer.#session?.connected ?? false;
      },
      lag: () => this.#lag(),
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
    await this.#session?.leave(LEAVE_WITHIN_MS);
  }

  async #run(): Promise<void> {
    const { logger } = this.#kafka;
    const { groupId, topics } = this.#settings;
    const backoff = createBackoff(REJOIN_FIRST_MS, REJOIN_LONGEST_MS);
    let saidAway = false;
    let memberId: string | undefined;
    while (!this.#closed.signal.aborted) {
      // What was read and is not done is read again: a new session begins where the group has committed.
      for (const lane of this.#lanes.values()) lane.reset();
      const session = new GroupSession(
        this.#kafka,
        this.#settings,
        (topic, partition) => this.#laneOf(topic, partition),
        () => this.#lanes.values(),
        memberId,
        (joinedAs) => {
          memberId = joinedAs;
          if (saidAway) logger?.info({ groupId, topics }, 'the consumer is a member of its group again');
          saidAway = false;
          backoff.reset();
        },
      );
      this.#session = session;
      const why = await session.untilOver();
      if (this.#closed.signal.aborted) return;
      if (!saidAway) logger?.warn({ groupId, topics, why }, 'the consumer is not in its group; trying until it is');
      saidAway = true;
      await pause(backoff.nextMs(), this.#closed.signal);
    }
  }

  #laneOf(topic: string, partition: number): PartitionLane {
    const key = `${topic}/${partition}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new PartitionLane(topic, partition, this.#work);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #lag(): Record<string, number> {
    const lag: Record<string, number> = {};
    for (const [key, lane] of this.#lanes) if (lane.assigned && lane.lag !== undefined) lag[key] = lane.lag;
    return lag;
  }
}
