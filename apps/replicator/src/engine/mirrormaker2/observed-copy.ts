import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { remoteTopic } from '@meridian/contracts';
import {
  type ClusterAdmin,
  createKafka,
  type KafkaConnection,
  type RecordBatch,
  type RunningConsumer,
} from '@meridian/kafka';
import { bytesOf } from '../copy-record.ts';
import { deriveCopySpans, type Link } from '../copy-spans.ts';
import type { CopySpecification, CopyStatus, RunningCopy } from '../replication-engine.ts';
import { topicsToCopy } from '../topics-to-copy.ts';
import { offsetsTopic, readCopiedUpTo, readTaskState, statusTopic, type TaskState } from './worker-journal.ts';
import type { WorkerProcess } from './worker-process.ts';

/** How often both clusters are looked at. */
const LOOK_MS = 1_000;
/** A failed task is not revived by anybody but a new worker; not at once, as what it failed of may last. */
const REVIVE_AFTER_MS = 5_000;

/**
 * What MirrorMaker 2 does for one origin, seen from beside it: it says nothing of lag over HTTP and makes no spans. So its own
 * journal is read (positions and failures of tasks), the origin's log ends are asked, and the copies are read as they
 * appear, for counting them and for the spans that their traces would lack.
 */
export class ObservedCopy implements RunningCopy {
  readonly #specification: CopySpecification;
  readonly #worker: WorkerProcess;
  readonly #link: Link;
  readonly #origin: { admin: ClusterAdmin; failing: string | null; answered: boolean };
  readonly #target: { kafka: KafkaConnection; admin: ClusterAdmin; failing: string | null; answered: boolean };
  readonly #stopping = new AbortController();
  readonly #consumers = new Map<string, Promise<RunningConsumer>>();
  /** By `<topic>/<partition>` of the origin. */
  readonly #logEnds = new Map<string, bigint>();
  readonly #positions = new Map<string, bigint>();
  readonly #tasks = new Map<string, TaskState>();
  readonly #copied = { records: 0, bytes: 0, lastAt: null as Date | null };
  readonly #looking: Promise<unknown>;
  #topics: string[] = [];
  #originCluster: string | undefined;
  #isFirstLook = true;
  #failedSinceMs: number | undefined;
  #stopped: Promise<void> | undefined;

  constructor(worker: WorkerProcess, specification: CopySpecification) {
    const { origin, target, logger } = specification;
    this.#specification = specification;
    this.#worker = worker;
    this.#link = { origin: origin.region, region: target.region };
    const clientId = `replicator.${target.region}`;
    const at = ({ brokers }: { brokers: string[] }) => createKafka({ clientId, brokers, logger });
    this.#origin = { admin: at(origin).admin(), failing: null, answered: false };
    const kafka = at(target);
    this.#target = { kafka, admin: kafka.admin(), failing: null, answered: false };
    worker.hold(logger);
    // Beside each other: whether the own cluster takes records does not depend on another one.
    this.#looking = Promise.all([
      this.#look(this.#target, () => this.#lookAtTarget()),
      this.#look(this.#origin, () => this.#lookAtOrigin()),
    ]);
  }

  status(): CopyStatus {
    const tasks = [...this.#tasks.values()];
    const failed = tasks.find(({ state }) => state === 'FAILED');
    const isCopying = this.#worker.running && tasks.some(({ task, state }) => isTask(task) && state === 'RUNNING');
    const originConnected = this.#origin.answered && isCopying && !failed;
    return {
      targetConnected: this.#target.answered && this.#worker.running,
      originConnected,
      topics: this.#topics,
      behind: originConnected ? this.#behind() : null,
      copiedRecords: this.#copied.records,
      copiedBytes: this.#copied.bytes,
      lastCopiedAt: this.#copied.lastAt,
      failing:
        (this.#worker.running ? undefined : 'MirrorMaker does not run') ??
        failed?.why ??
        this.#target.failing ??
        this.#origin.failing,
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    const consumers = [...this.#consumers.values()].map(async (consumer) => (await consumer).close());
    const admins = [this.#origin.admin.close(), this.#target.admin.close()];
    await Promise.all([this.#worker.release(), ...consumers, ...admins]);
    await this.#looking;
  }

  /** Positions are written once a second, so what was copied since counts as missing. */
  #behind(): number {
    let missing = 0n;
    for (const [partition, end] of this.#logEnds) {
      const position = this.#positions.get(partition) ?? 0n;
      if (end > position) missing += end - position;
    }
    return Number(missing);
  }

  async #look(side: { failing: string | null; answered: boolean }, look: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await look();
        side.answered = true;
        side.failing = null;
      } catch (failure) {
        const why = failure instanceof Error ? failure.message || failure.name : String(failure);
        if (side.failing === null && !signal.aborted)
          this.#specification.logger.warn({ why }, 'a cluster does not answer');
        side.answered = false;
        side.failing = why;
      }
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #lookAtOrigin(): Promise<void> {
    const { regions, logger } = this.#specification;
    const { admin } = this.#origin;
    const cluster = await admin.clusterId();
    const before = this.#originCluster;
    this.#originCluster = cluster;
    if (before !== undefined && before !== cluster) {
      logger.warn({ before, cluster }, 'the origin is another cluster; its logs are copied from the beginning');
      await this.#worker.restart('its positions are of a cluster that is gone', () => this.#takeBackPositions());
    }
    const topics = topicsToCopy(await admin.listTopics(), regions).map(({ topic }) => topic);
    // An end has crossed a link when it is here, and the copying has gone on: it may be compared with what was copied before alone.
    const copiedBefore = new Map(this.#positions);
    const ends = await Promise.all(topics.map(async (topic) => ({ topic, ends: await admin.logEnd(topic) })));
    this.#topics = topics;
    this.#logEnds.clear();
    for (const { topic, ends: byPartition } of ends)
      for (const [partition, end] of Object.entries(byPartition)) {
        const key = `${topic}/${partition}`;
        this.#noteEnd(key, BigInt(end), copiedBefore.get(key));
      }
  }

  #noteEnd(partition: string, end: bigint, position: bigint | undefined): void {
    this.#logEnds.set(partition, end);
    if (position === undefined || position <= end) return;
    // Unless the journal has another one meanwhile, which is of the new log.
    if (this.#positions.get(partition) === position) this.#positions.delete(partition);
    this.#specification.logger.warn(
      { partition, position: String(position), end: String(end) },
      'the origin ends before what was copied of it: it was cut off or made anew, and is copied from its beginning',
    );
  }

  /** In the journal of a worker that does not run: Connect takes an empty value for "nothing was copied yet". */
  async #takeBackPositions(): Promise<void> {
    const topic = offsetsTopic(this.#link.origin);
    const producer = await this.#target.kafka.producer();
    try {
      const records = [...this.#journalKeys.values()].map(({ key, partition }) => ({ key, value: null, partition }));
      if (records.length > 0) await producer.send(topic, records);
      this.#positions.clear();
    } finally {
      await producer.close();
    }
  }

  readonly #journalKeys = new Map<string, { key: Buffer | null; partition: number }>();

  async #lookAtTarget(): Promise<void> {
    const { origin } = this.#specification;
    const existing = new Set((await this.#target.admin.listTopics()).map(({ topic }) => topic));
    const journal = { groupId: `replicator.journal.${randomUUID()}`, fromBeginning: true };
    this.#read(existing, offsetsTopic(origin.region), journal, (batch) => this.#notePositions(batch));
    this.#read(existing, statusTopic(origin.region), journal, (batch) => this.#noteTasks(batch));
    // What appears later is read from its beginning, which this process has seen.
    const fromBeginning = !this.#isFirstLook;
    this.#isFirstLook = false;
    for (const topic of existing)
      if (topic.startsWith(remoteTopic(origin.region, '')) && !topic.endsWith('.dlq')) {
        const groupId = `replicator.${this.#link.region}.seen.${topic}`;
        this.#read(existing, topic, { groupId, fromBeginning }, (batch) => this.#noteCopies(batch));
      }
    this.#reviveFailed();
  }

  #read(
    existing: ReadonlySet<string>,
    topic: string,
    group: { groupId: string; fromBeginning: boolean },
    note: (batch: RecordBatch) => void,
  ): void {
    if (!existing.has(topic) || this.#consumers.has(topic) || this.#stopping.signal.aborted) return;
    this.#consumers.set(
      topic,
      this.#target.kafka.consumeBatches({ ...group, topics: [topic], onBatch: async (batch) => note(batch) }),
    );
  }

  #notePositions({ records }: RecordBatch): void {
    for (const record of records) {
      const told = readCopiedUpTo(record);
      if (!told) continue;
      const partition = `${told.topic}/${told.partition}`;
      this.#journalKeys.set(partition, { key: record.key, partition: record.partition });
      if (told.position === null) this.#positions.delete(partition);
      else this.#positions.set(partition, told.position);
    }
  }

  #noteTasks({ records }: RecordBatch): void {
    for (const record of records) {
      const told = readTaskState(record);
      if (!told || record.timestampMs < this.#worker.startedAtMs) continue;
      this.#tasks.set(told.task, told);
      if (told.state === 'FAILED')
        this.#specification.logger.error({ task: told.task, why: told.why }, 'a task of MirrorMaker has failed');
    }
  }

  #noteCopies({ topic, records }: RecordBatch): void {
    this.#copied.records += records.length;
    this.#copied.bytes += records.reduce((sum, record) => sum + bytesOf(record), 0);
    this.#copied.lastAt = new Date();
    const original = topic.slice(remoteTopic(this.#link.origin, '').length);
    deriveCopySpans(
      records.map(({ partition, timestampMs, rawHeaders }) => ({
        topic: original,
        partition,
        timestampMs,
        rawHeaders,
      })),
      this.#link,
    );
  }

  #reviveFailed(): void {
    const failed = [...this.#tasks.values()].find(({ state }) => state === 'FAILED');
    if (!failed) this.#failedSinceMs = undefined;
    else if (this.#failedSinceMs === undefined) this.#failedSinceMs = Date.now();
    else if (Date.now() - this.#failedSinceMs > REVIVE_AFTER_MS) {
      this.#failedSinceMs = undefined;
      this.#tasks.clear();
      void this.#worker.restart(`a task has failed: ${failed.why}`);
    }
  }
}

const isTask = (name: string) => name.startsWith('task-');
