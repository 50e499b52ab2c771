import type { Address } from '@meridian/regions';

export interface MirrorWorker {
  /** The region that the worker serves: it writes to this region's cluster only. */
  region: string;
  /** Every region's cluster as it is reached from `region`: its own directly, the others through their links. */
  clusters: Record<string, Address>;
  /** The copies and the positions are written in one transaction each. Slower; off unless asked for. */
  exactlyOnce?: boolean;
}

/**
 * `mm2.properties` of a region's MirrorMaker 2, with a reason for each setting. One worker per region (dedicated mode) pulls
 * every other region's topics into its own cluster, as our own engines do: whoever pulls needs nothing of the other side but
 * an address, and a region that is away stops only what comes from it.
 *
 * Names are those of the DefaultReplicationPolicy, `<origin>.<topic>` (docs/adr/0002).
 */
export function workerSettings({ region, clusters, exactlyOnce = false }: MirrorWorker): Record<string, string> {
  const regions = Object.keys(clusters).sort();
  const origins = regions.filter((other) => other !== region);
  return {
    clusters: regions.join(','),
    ...Object.fromEntries(
      Object.entries(clusters).map(([id, { host, port }]) => [`${id}.bootstrap.servers`, `${host}:${port}`]),
    ),
    ...Object.fromEntries(origins.map((origin) => [`${origin}->${region}.enabled`, 'true'])),

    // Without it every jar is searched for plugins: 17 s to the first record instead of 9.
    'plugin.discovery': 'service_load',
    // What `isReplicated` of @meridian/contracts says, as expressions; a test holds the two against each other.
    topics: '.*',
    'topics.exclude': excludedTopics(regions).join(','),
    // As soon as our own engines notice a new topic or partition; the default is ten minutes.
    'refresh.topics.interval.seconds': '5',
    // Groups that move between regions are translated by comparing records, whatever the engine (`meridian offsets`), and each of
    // these writes or asks over the link. MirrorMaker says at each start that its checkpoints' connector is not configured
    // then, which is meant.
    'emit.heartbeats.enabled': 'false',
    // Their topic is made all the same, and copied past every exclusion, copies of copies too.
    'heartbeats.replication.enabled': 'false',
    'emit.checkpoints.enabled': 'false',
    'refresh.groups.enabled': 'false',
    'sync.group.offsets.enabled': 'false',
    'emit.offset-syncs.enabled': 'false',
    // The runner makes topics with their settings; there is no authorizer, and asking for its rules would only fail.
    'sync.topic.configs.enabled': 'false',
    'sync.topic.acls.enabled': 'false',
    // A region's cluster is one broker here.
    'replication.factor': '1',
    'heartbeats.topic.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'config.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    // Two fetches wait at each origin: a record that appears while the answer to one is under way meets the other.
    'tasks.max': '2',

    ...prefixed(`${region}.`, {
      // For the worker of a pair what it is above for the whole.
      'plugin.discovery': 'service_load',
      // A worker that was killed comes back as a new member. By default its tasks wait five minutes for the old one,
      'scheduled.rebalance.max.delay.ms': '0',
      // and the old one is believed to live for ten seconds, during which nobody is given anything.
      'session.timeout.ms': '3000',
      'heartbeat.interval.ms': '500',
      'rebalance.timeout.ms': '6000',
      // What a crash copies twice at most, and how old the lag is that is told; the default is a minute.
      'offset.flush.interval.ms': '1000',
      // Records leave when they come. A batch is filled by what waits for an answer anyway.
      'producer.linger.ms': '0',
      // More than any broker takes by default, so that it is the broker who refuses: there a person can make room.
      'producer.max.request.size': '16777216',
      // Tried again at once and then about twice a second: back within a second of an outage's end.
      ...reconnecting('producer.'),
      ...reconnecting(''),
      ...(exactlyOnce ? { 'exactly.once.source.support': 'enabled' } : {}),
    }),
    ...Object.assign(
      {},
      ...origins.map((origin) =>
        prefixed(`${origin}.consumer.`, {
          // An answer leaves as soon as there is one byte, and a quiet link has a request waiting at the far end.
          'fetch.min.bytes': '1',
          'fetch.max.wait.ms': '1000',
          // The link's round trip is what limits a backlog: more bytes under way, within the heap (two tasks an origin).
          'max.partition.fetch.bytes': '1048576',
          'fetch.max.bytes': '8388608',
          'receive.buffer.bytes': '4194304',
          // Nothing of a transaction that was aborted.
          'isolation.level': 'read_committed',
          ...reconnecting(''),
        }),
      ),
    ),
    // A worker asks its leader over HTTP for the fencing that exactly-once needs; port 0 takes any that is free.
    ...(exactlyOnce
      ? { 'dedicated.mode.enable.internal.rest': 'true', listeners: 'http://127.0.0.1:0' }
      : { 'dedicated.mode.enable.internal.rest': 'false' }),
  };
}

/**
 * Of one list for all pairs: a topic that begins with any region is a copy, and MirrorMaker's own end in `.internal` but for
 * `heartbeats`, which it makes also when it writes none.
 */
function excludedTopics(regions: readonly string[]): string[] {
  return [
    '__.*',
    '.*\\.local',
    '.*\\.dlq',
    '.*\\.internal',
    'heartbeats',
    ...regions.map((region) => `${region}\\..*`),
  ];
}

const reconnecting = (prefix: string) =>
  prefixed(prefix, { 'reconnect.backoff.ms': '50', 'reconnect.backoff.max.ms': '500' });

function prefixed(prefix: string, settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}${name}`, value]));
}
