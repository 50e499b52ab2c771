import { type Address, type Addresses, addressesAt } from './addresses.ts';
import type { Topology } from './topology.ts';

/** What every HTTP server listens on: a container has all ports to itself, so none needs to be counted out. */
const HTTP_PORT = 8080;
const LINK_PORTS = 24_000;
const LINK_PORTS_PER_REGION = 40;

/**
 * Every region in a network of its own: hosts by region, and the same ports in each. A container is called as its region
 * and its part (`eu-west-kafka`).
 *
 * The WAN is the only one on all networks, and is called `wan.<region>` on each (`wan.edge` where the edge is). A link
 * listens on the address of that name, so whoever is in one region reaches the links that begin there and no others.
 */
export function composeAddresses(topology: Topology): Addresses {
  const http = (host: string): Address => ({ host, port: HTTP_PORT });
  return addressesAt(topology, {
    edge: http('edge'),
    traceQuery: { host: 'jaeger', port: 16_686 },
    otlp: { host: 'jaeger', port: 4318 },
    wanControl: http('wan'),
    region: (id) => ({
      postgres: { host: `${id}-postgres`, port: 5432 },
      kafka: { local: { host: `${id}-kafka`, port: 9092 }, controller: { host: `${id}-kafka`, port: 9093 } },
      services: { user: http(`${id}-user`), catalog: http(`${id}-catalog`), order: http(`${id}-order`) },
      replicator: http(`${id}-replicator`),
      control: http(`${id}-control`),
    }),
    kafkaFor: (id, _i, remote) => ({ host: `${id}-kafka`, port: 9100 + remote }),
    link: (from, to, slot) => ({ host: `wan.${from.id}`, port: LINK_PORTS + to * LINK_PORTS_PER_REGION + slot }),
  });
}
