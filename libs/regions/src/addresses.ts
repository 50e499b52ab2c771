import { otherRegionIds, type RegionId, regionIds, type Topology } from './topology.ts';

/**
 * Who listens where when every region runs on one machine. One function of the topology, so that the runner, the WAN,
 * the edge and the tests cannot disagree. All ports lie below 32768, where Linux begins to hand out ephemeral ports.
 *
 * A port offset (a multiple of 100, up to 900) lets a second, independent set of regions run beside the first: the
 * tests do so.
 */

export const SERVICE_NAMES = ['user', 'catalog', 'order'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

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
  target: 'kafka' | ServiceName;
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
}

export interface Addresses {
  edge: Address;
  /** Jaeger's query API (Jaeger itself, or the console's server standing in for it). */
  traceQuery: Address;
  /** OTLP over HTTP. */
  otlp: Address;
  wanControl: Address;
  /** The local runner's own control interface: status, kill, restart, shut down. */
  runner: Address;
  regions: Record<RegionId, RegionAddresses>;
  links: WanLink[];
}

const HOST = '127.0.0.1';
const REGION_PORTS = 21_000;
const LINK_PORTS = 24_000;
const LINK_PORTS_PER_SOURCE = 400;
const LINK_PORTS_PER_PAIR = 40;
const EDGE_INDEX = 9;

export function localAddresses(topology: Topology, portOffset = 0): Addresses {
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 900 || portOffset % 100 !== 0)
    throw new Error(`A port offset is a multiple of 100 between 0 and 900, not ${portOffset}.`);
  const at = (port: number): Address => ({ host: HOST, port: port + portOffset });
  const ids = regionIds(topology);
  const linkPort = (from: number, to: number, slot: number) =>
    at(LINK_PORTS + from * LINK_PORTS_PER_SOURCE + to * LINK_PORTS_PER_PAIR + slot);

  const regions: Record<RegionId, RegionAddresses> = {};
  for (const [i, id] of ids.entries()) {
    const base = REGION_PORTS + i * 1000;
    regions[id] = {
      postgres: at(base + 32),
      kafka: {
        local: at(base + 10),
        controller: at(base + 11),
        wan: Object.fromEntries(
          otherRegionIds(topology, id).map((remote) => {
            const j = ids.indexOf(remote);
            return [remote, { listen: at(base + 12 + j), advertised: linkPort(j, i, 0) }];
          }),
        ),
      },
      services: { user: at(base + 1), catalog: at(base + 2), order: at(base + 3) },
      replicator: at(base + 4),
    };
  }

  const links: WanLink[] = [];
  const addLink = (from: string, to: RegionId, target: WanLink['target'], listen: Address, upstream: Address) =>
    links.push({
      id: `${from}->${to}/${target}`,
      from,
      to,
      target,
      purpose: target === 'kafka' ? 'replication' : 'call',
      listen,
      upstream,
    });
  for (const [i, to] of ids.entries()) {
    const server = regions[to] as RegionAddresses;
    for (const from of otherRegionIds(topology, to)) {
      const listener = server.kafka.wan[from] as { listen: Address; advertised: Address };
      addLink(from, to, 'kafka', listener.advertised, listener.listen);
    }
    for (const [slot, service] of SERVICE_NAMES.entries())
      addLink(EDGE, to, service, linkPort(EDGE_INDEX, i, slot + 1), server.services[service]);
  }

  return {
    edge: at(8080),
    traceQuery: at(16_686),
    otlp: at(4318),
    wanControl: at(20_900),
    runner: at(20_901),
    regions,
    links,
  };
}

/** The link by which `from` reaches `target` in region `to`. Throws when there is none. */
export function wanLink(addresses: Addresses, from: string, to: RegionId, target: WanLink['target']): WanLink {
  const found = addresses.links.find((l) => l.from === from && l.to === to && l.target === target);
  if (!found) throw new Error(`There is no link from "${from}" to "${target}" in "${to}".`);
  return found;
}

export function urlOf(address: Address): string {
  return `http://${address.host}:${address.port}`;
}

/** `host:port`, as Kafka clients and PostgreSQL URLs want it. */
export function hostPort(address: Address): string {
  return `${address.host}:${address.port}`;
}
