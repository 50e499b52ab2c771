import { type Address, type Addresses, addressesAt } from './addresses.ts';
import type { Topology } from './topology.ts';

const HOST = '127.0.0.1';
const REGION_PORTS = 21_000;
const LINK_PORTS = 24_000;
const LINK_PORTS_PER_SOURCE = 400;
const LINK_PORTS_PER_PAIR = 40;

export interface LocalAddresses extends Addresses {
  /** The local runner's own control interface: status, kill, restart, shut down. */
  runner: Address;
}

/**
 * Every region on one machine: one host, and ports by region. All lie below 32768, where Linux begins to hand out
 * ephemeral ports. A port offset (a multiple of 100, up to 900) lets a second, independent set of regions run beside the
 * first: the tests do so.
 *
 * Containers publish what is meant for people on these same ports, so for a client on the machine nothing changes.
 */
export function localAddresses(topology: Topology, portOffset = 0): LocalAddresses {
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 900 || portOffset % 100 !== 0)
    throw new Error(`A port offset is a multiple of 100 between 0 and 900, not ${portOffset}.`);
  const at = (port: number): Address => ({ host: HOST, port: port + portOffset });
  const baseOf = (index: number) => REGION_PORTS + index * 1000;
  const addresses = addressesAt(topology, {
    edge: at(8080),
    traceQuery: at(16_686),
    otlp: at(4318),
    wanControl: at(20_900),
    region: (_id, i) => ({
      postgres: at(baseOf(i) + 32),
      kafka: { local: at(baseOf(i) + 10), controller: at(baseOf(i) + 11) },
      services: { user: at(baseOf(i) + 1), catalog: at(baseOf(i) + 2), order: at(baseOf(i) + 3) },
      replicator: at(baseOf(i) + 4),
      control: at(baseOf(i) + 5),
    }),
    kafkaFor: (_id, i, remote) => at(baseOf(i) + 12 + remote),
    link: (from, to, slot) => at(LINK_PORTS + from.index * LINK_PORTS_PER_SOURCE + to * LINK_PORTS_PER_PAIR + slot),
  });
  return { ...addresses, runner: at(20_901) };
}
