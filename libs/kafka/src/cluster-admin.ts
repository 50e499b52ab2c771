import type { Admin } from 'kafkajs';
import type { ClientSockets } from './client-sockets.ts';
import { CommittedPositions } from './committed-positions.ts';
import { GroupHasMembers } from './group-has-members.ts';
import { openClient } from './kafka-settings.ts';
import { wordsOf } from './pauses.ts';
import { entriesOf, setTopicConfigs } from './topic-configs.ts';
import type { ClusterAdmin, GroupPosition, KafkaOptions, TopicPartitions, TopicToEnsure } from './types.ts';
import { whilePassing } from './while-passing.ts';

/** Without a byte from the cluster for this long, a call rejects. */
const SILENT_FOR_MS = 4_500;
const CREATE_WITHIN_MS = 4_000;
/** Of topics there was one that took longer than 4 s to have a leader, where three clusters came up at once on two cores. */
const SETTLED_WITHIN_MS = 15_000;
const NOT_LED_YET = new Set(['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION']);
/** Beside a topic that is refused there may be one that an earlier try has made; kafkajs takes it well when all of them are there. */
const NOT_CONTROLLED_YET = new Set(['NOT_CONTROLLER', 'NOT_LEADER_FOR_PARTITION', 'TOPIC_ALREADY_EXISTS']);
/** A cluster's first group waits for the topic that groups are kept in. */
const NOT_COORDINATED_YET = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** Questions about a cluster, over one connection that is opened at the first and again after a failure. */
export class KafkaClusterAdmin implements ClusterAdmin {
  readonly #options: KafkaOptions;
  #open: { admin: Admin; sockets: ClientSockets } | undefined;
  #waking: CommittedPositions | undefined;

  constructor(options: KafkaOptions) {
    this.#options = options;
  }

  listTopics(): Promise<TopicPartitions[]> {
    return this.#ask(listTopics);
  }

  ensureTopics(topics: readonly TopicToEnsure[]): Promise<void> {
    return this.#ask(async (admin) => {
      const found = new Map((await listTopics(admin)).map(({ topic, partitions }) => [topic, partitions]));
      const missing = topics.filter(({ topic }) => !found.has(topic));
      const grown = topics.filter(({ topic, partitions }) => (found.get(topic) ?? partitions) < partitions);
      if (missing.length > 0) {
        const made = missing.map(({ topic, partitions, config }) => ({
          ...{ topic, numPartitions: partitions },
          configEntries: entriesOf(config),
        }));
        await untilControlled(() =>
          admin.createTopics({ topics: made, timeout: CREATE_WITHIN_MS, waitForLeaders: false }),
        );
        await untilLed(
          admin,
          made.map(({ topic }) => topic),
        );
      }
      if (grown.length > 0) {
        const topicPartitions = grown.map(({ topic, partitions }) => ({ topic, count: partitions }));
        await untilControlled(() => admin.createPartitions({ topicPartitions, timeout: CREATE_WITHIN_MS }));
      }
      const present = topics.filter(({ topic }) => found.has(topic));
      await untilControlled(() => setTopicConfigs(admin, present));
    });
  }

  logEnd(topic: string): Promise<Record<number, string>> {
    return this.#ask(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
    });
  }

  unread(groupId: string, topics: readonly string[]): Promise<number> {
    return this.#ask(async (admin) => {
      let unread = 0n;
      for (const topic of topics) {
        // First, as kafkajs looks for the group's coordinator only in a cluster that it has looked at.
        const ends = await admin.fetchTopicOffsets(topic);
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        for (const { partition, low, high } of ends) {
          const offset = BigInt(committed?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
          const read = offset < BigInt(low) ? BigInt(low) : offset;
          if (read < BigInt(high)) unread += BigInt(high) - read;
        }
      }
      return Number(unread);
    });
  }

  clusterId(): Promise<string> {
    return this.#ask(async (admin) => (await admin.describeCluster()).clusterId);
  }

  async wakeGroups(): Promise<void> {
    this.#waking ??= new CommittedPositions(this.#options, this.#options.clientId);
    await this.#waking.load([]).catch(() => undefined);
    this.#waking.close('the groups were woken');
  }

  positionsOf(groupId: string): Promise<GroupPosition[]> {
    return this.#ask(async (admin) => {
      // First, as there is no coordinator in a cluster that has never had a group.
      if (!(await hasGroup(admin, groupId))) return [];
      const topics = await admin.fetchOffsets({ groupId });
      return topics.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ offset }) => BigInt(offset) >= 0n)
          .map(({ partition, offset }) => ({ topic, partition, offset })),
      );
    });
  }

  membersOf(groupId: string): Promise<number> {
    return this.#ask(async (admin) => {
      if (!(await hasGroup(admin, groupId))) return 0;
      const [group] = (await admin.describeGroups([groupId])).groups;
      return group?.members.length ?? 0;
    });
  }

  async setPositions(groupId: string, positions: readonly GroupPosition[]): Promise<void> {
    const committed = new CommittedPositions(this.#options, groupId);
    try {
      await whilePassing(NOT_COORDINATED_YET, CREATE_WITHIN_MS, () => committed.commit(positions));
    } catch (failure) {
      // What the coordinator answers to a commit by nobody while there are members.
      const { type } = failure as { type?: string };
      if (type === 'UNKNOWN_MEMBER_ID' || type === 'REBALANCE_IN_PROGRESS' || type === 'ILLEGAL_GENERATION')
        throw new GroupHasMembers(groupId, { cause: failure });
      throw new Error(`the Kafka cluster at ${this.#options.brokers.join(', ')}: ${wordsOf(failure)}`, {
        cause: failure,
      });
    } finally {
      committed.close('the positions were committed');
    }
  }

  forgetGroup(groupId: string): Promise<void> {
    return this.#ask(async (admin) => {
      if (await hasGroup(admin, groupId)) await admin.deleteGroups([groupId]);
    });
  }

  deleteRecordsBefore(topic: string, offsets: Readonly<Record<number, string>>): Promise<void> {
    const partitions = Object.entries(offsets).map(([partition, offset]) => ({ partition: Number(partition), offset }));
    return this.#ask(async (admin) => {
      // kafkajs asks the leaders of a topic that it has looked at, and does not look by itself.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions });
    });
  }

  deleteTopic(topic: string): Promise<void> {
    return this.#ask((admin) => admin.deleteTopics({ topics: [topic], timeout: CREATE_WITHIN_MS }));
  }

  async close(): Promise<void> {
    this.#waking?.close('the admin was closed');
    this.#disconnect();
  }

  #disconnect(): void {
    this.#open?.sockets.close('the admin was closed');
    this.#open = undefined;
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    let silence: NodeJS.Timeout | undefined;
    const open = this.#current();
    const silent = new Promise<never>((_, reject) => {
      silence = setInterval(() => {
        if (performance.now() - Math.max(startedMs, open.sockets.receivedAtMs) >= SILENT_FOR_MS)
          reject(new Error('no answer'));
      }, 100);
    });
    try {
      const asked = open.admin.connect().then(() => question(open.admin));
      return await Promise.race([asked, silent]);
    } catch (failure) {
      this.#disconnect();
      const { brokers } = this.#options;
      throw new Error(`the Kafka cluster at ${brokers.join(', ')}: ${wordsOf(failure)}`, { cause: failure });
    } finally {
      clearInterval(silence);
    }
  }

  #current() {
    if (!this.#open) {
      const { kafka, sockets } = openClient(this.#options);
      this.#open = { admin: kafka.admin(), sockets };
    }
    return this.#open;
  }
}

async function hasGroup(admin: Admin, groupId: string): Promise<boolean> {
  return (await admin.listGroups()).groups.some((group) => group.groupId === groupId);
}

async function listTopics(admin: Admin): Promise<TopicPartitions[]> {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }));
}

/**
 * Until every partition answers. Being told of is not enough: a partition has a leader in the metadata some milliseconds
 * before that leader takes records. (kafkajs's own wait also takes a topic that is not told of yet for a fault.)
 */
function untilLed(admin: Admin, topics: string[]): Promise<void> {
  return whilePassing(NOT_LED_YET, SETTLED_WITHIN_MS, async () => {
    for (const topic of topics) await admin.fetchTopicOffsets(topic);
  });
}

const untilControlled = <T>(make: () => Promise<T>) => whilePassing(NOT_CONTROLLED_YET, SETTLED_WITHIN_MS, make);
