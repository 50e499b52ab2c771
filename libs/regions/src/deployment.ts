import type { Addresses } from './addresses.ts';
import { composeAddresses } from './compose-addresses.ts';
import { localAddresses } from './local-addresses.ts';
import type { Topology } from './topology.ts';

/** How the regions run: as processes of one machine, or as containers in networks of their own. */
export const DEPLOYMENTS = ['local', 'compose'] as const;
export type Deployment = (typeof DEPLOYMENTS)[number];

/** Where a process of the system finds the others. The port offset means something to `local` alone. */
export function addressesIn(deployment: Deployment, topology: Topology, portOffset = 0): Addresses {
  return deployment === 'compose' ? composeAddresses(topology) : localAddresses(topology, portOffset);
}
