import { otherRegionIds, type RegionId, regionIds, type Topology } from './topology.ts';

/**
 * Who listens where, as one function of the topology, so that the runner, the WAN, the edge and the tests cannot disagree.
 * The shape is the same wherever the regions run; `localAddresses` and `composeAddresses` fill it in.
 */

export const SERVICE_NAMES = ['user', 'catalog', 'order'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The databases of a region, each of the app that it is named after. */
export const DATABASE_NAMES = [...SERVICE_NAMES, 'control'] as const;

/** The edge stands outside every region: clients reach it, and it reaches the regions, through links of its own. */
export const EDGE = 'edge';

export interface Address {
  host: string;
  port: number;
}

/** What bytes on a link are for; the WAN meters them apart because they are paid for apart. */
export type LinkPurpose = 'replication' | 'call' | 'control';

export interface WanLink {
  /** `<from>-><to>/<target>`, e.g. `eu-west->us-east/kafka`. */
  id: string;
  /** The side that opens connections: a region, or `edge`. */
  from: RegionId | typeof EDGE;
  to: RegionId;
  target: 'kafka' | 'control' | ServiceName;
  purpose: LinkPurpose;
  /** Where the WAN listens for the `from` side. */
  listen: Address;
  /** What the WAN connects to in the `to` region. */
  upstream: Address;
}

export interface RegionAddresses {
  postgres: Address;
  kafka: {
    local: Address;
    controller: Address;
    /** One listener per remote region: where the broker listens, and the link address that it advertises to that region. */
    wan: Record<RegionId, { listen: Address; advertised: Address }>;
  };
  services: Record<ServiceName, Address>;
  replicator: Address;
  /** The control plane's process of this region: its vote, and what it knows of the routing table. */
  control: Address;
}

export interface Addresses {
  edge: Address;
  /** Jaeger's query API (Jaeger itself, or the console's server standing in for it). */
  traceQuery: Address;
  /** OTLP over HTTP. */
  otlp: Address;
  wanControl: Address;
  regions: Record<RegionId, RegionAddresses>;
  links: WanLink[];
}

/** Where a deployment puts each thing; regions also by their place in the topology, which ports are counted from. */
export interface Places extends Pick<Addresses, 'edge' | 'traceQuery' | 'otlp' | 'wanControl'> {
  region(
    id: RegionId,
    index: number,
  ): Omit<RegionAddresses, 'kafka'> & { kafka: Omit<RegionAddresses['kafka'], 'wan'> };
  /** Where the broker of a region listens for one other region. */
  kafkaFor(id: RegionId, index: number, remoteIndex: number): Address;
  /** Where the WAN listens for `from` (`fromIndex` is 9 for the edge). Slot 0 is Kafka, then the services, then control. */
  link(from: { id: string; index: number }, toIndex: number, slot: number): Address;
}

/** Its place is beyond the nine regions that a topology may have. */
const EDGE_AS_CALLER = { id: EDGE, index: 9 };

/** Of the targets that are no services. */
const PURPOSES: Partial<Record<WanLink['target'], LinkPurpose>> = { kafka: 'replication', control: 'control' };

/** The addresses that follow from a deployment's places: the same regions, listeners and links in every one. */
export function addressesAt(topology: Topology, places: Places): Addresses {
  const ids = regionIds(topology);
  const regions: Record<RegionId, RegionAddresses> = {};
  for (const [i, id] of ids.entries()) {
    const { kafka, ...rest } = places.region(id, i);
    const wan = otherRegionIds(topology, id).map((remote) => {
      const j = ids.indexOf(remote);
      const advertised = places.link({ id: remote, index: j }, i, 0);
      return [remote, { listen: places.kafkaFor(id, i, j), advertised }] as const;
    });
    regions[id] = { ...rest, kafka: { ...kafka, wan: Object.fromEntries(wan) } };
  }

  const links: WanLink[] = [];
  const addLink = (from: string, to: RegionId, target: WanLink['target'], listen: Address, upstream: Address) =>
    links.push({
      id: `${from}->${to}/${target}`,
      from,
      to,
      target,
      purpose: PURPOSES[target] ?? 'call',
      listen,
      upstream,
    });
  for (const [i, to] of ids.entries()) {
    const server = regions[to] as RegionAddresses;
    for (const from of otherRegionIds(topology, to)) {
      const listener = server.kafka.wan[from] as { listen: Address; advertised: Address };
      addLink(from, to, 'kafka', listener.advertised, listener.listen);
    }
    const callers = [...otherRegionIds(topology, to).map((id) => ({ id, index: ids.indexOf(id) })), EDGE_AS_CALLER];
    for (const from of callers) {
      for (const [slot, service] of SERVICE_NAMES.entries())
        addLink(from.id, to, service, places.link(from, i, slot + 1), server.services[service]);
      addLink(from.id, to, 'control', places.link(from, i, SERVICE_NAMES.length + 1), server.control);
    }
  }
  const { edge, traceQuery, otlp, wanControl } = places;
  return { edge, traceQuery, otlp, wanControl, regions, links };
}

/** The link by which `from` reaches `target` in region `to`. Throws when there is none. */
export function wanLink(addresses: Addresses, from: string, to: RegionId, target: WanLink['target']): WanLink {
  const found = addresses.links.find((l) => l.from === from && l.to === to && l.target === target);
  if (!found) throw new Error(`There is no link from "${from}" to "${target}" in "${to}".`);
  return found;
}

/** Every region's Kafka as it is reached from `region`: its own directly, the others through their links. */
export function kafkaAddressesFrom(addresses: Addresses, region: RegionId): Record<RegionId, Address> {
  const reached = Object.entries(addresses.regions).map(([id, { kafka }]) => [
    id,
    id === region ? kafka.local : wanLink(addresses, region, id, 'kafka').listen,
  ]);
  return Object.fromEntries(reached);
}

export function urlOf(address: Address): string {
  return `http://${address.host}:${address.port}`;
}

/** `host:port`, as Kafka clients and PostgreSQL URLs want it. */
export function hostPort(address: Address): string {
  return `${address.host}:${address.port}`;
}
