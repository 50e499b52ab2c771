import type { RegionId, RoutingTable, ServiceName } from '@meridian/regions';
import { atService } from '@meridian/test-harness';

const LEASE_MS = 60_000;

/**
 * For sabotage: these services are told a table that nobody voted for, of the epoch for which the vote begins, with a lease;
 * as by a control to which one vote is a majority.
 */
export async function forgeEpoch(table: RoutingTable, to: RegionId, services: readonly ServiceName[]): Promise<void> {
  const forged = { ...table, epoch: table.epoch + 1, mode: { kind: 'active-passive', primary: to }, reason: 'forged' };
  const body = { table: forged, leaseMs: LEASE_MS, sentAtMs: Date.now() };
  for (const service of services) {
    const { status } = await atService(to, service, '/epoch', { method: 'PUT', body });
    if (status !== 200) throw new Error(`Telling ${service} a table that was forged was answered ${status}.`);
  }
}
