import type { Address } from '@meridian/regions';

export interface BrokerAddresses {
  /** Where clients of the own region connect. */
  local: Address;
  controller: Address;
  /** One listener per remote region: where the broker listens, and the link address that it tells that region. */
  wan: Record<string, { listen: Address; advertised: Address }>;
  /** Of a cluster of several. The one with the number 1 is its controller, whose address `controller` is for all. */
  cluster?: { id: string; nodeId: number; brokers: number } | undefined;
}

const listenerName = (region: string) => `WAN_${region.toUpperCase().replaceAll('-', '_')}`;
const endpoint = (name: string, { host, port }: Address) => `${name}://${host}:${port}`;

/**
 * `server.properties` of a region's broker: a cluster of one, which is its own controller, unless it is said to be one of several;
 * then every log has two replicas.
 *
 * A Kafka client connects to whatever address the broker advertises on the listener that was reached, so a listener per
 * remote region, advertised as that region's link, keeps all of a remote client's connections on the link.
 */
export function brokerSettings(
  dataDir: string,
  { local, controller, wan, cluster }: BrokerAddresses,
): Record<string, string> {
  const { nodeId, brokers } = cluster ?? { nodeId: 1, brokers: 1 };
  const isController = nodeId === 1;
  const replicas = String(Math.min(2, brokers));
  const remote = Object.entries(wan).sort(([a], [b]) => (a < b ? -1 : 1));
  const listeners = [
    ...(isController ? [endpoint('CONTROLLER', controller)] : []),
    endpoint('LOCAL', local),
    ...remote.map(([region, { listen }]) => endpoint(listenerName(region), listen)),
  ];
  const advertised = [
    endpoint('LOCAL', local),
    ...remote.map(([region, address]) => endpoint(listenerName(region), address.advertised)),
  ];
  const names = ['CONTROLLER', 'LOCAL', ...remote.map(([region]) => listenerName(region))];
  return {
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': String(nodeId),
    'controller.quorum.voters': `1@${controller.host}:${controller.port}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners.join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': names.map((name) => `${name}:PLAINTEXT`).join(','),
    'inter.broker.listener.name': 'LOCAL',
    'log.dirs': dataDir,

    // Topics are made on purpose, with their partitions; a misspelt name is an error instead of a new topic.
    'auto.create.topics.enable': 'false',
    ...(cluster ? { 'default.replication.factor': replicas } : {}),
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '5',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',

    // A broker that was killed is let back in after 2 s instead of 9 s, when its old session has run out.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    // The first member of a group begins at once (3 s by default), and a dead one is noticed soon.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',

    // For memory: 4 MB instead of 128 MB, and as few threads as one busy region needs.
    'log.cleaner.dedupe.buffer.size': '4194304',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'num.recovery.threads.per.data.dir': '2',
    'log.segment.bytes': '67108864',
    'log.retention.hours': '168',
  };
}

/** As Java reads it: to it a backslash begins an escape, and a lone one is left out in silence. */
export function propertiesFile(settings: Record<string, string>): string {
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`)
    .join('\n')}\n`;
}
