import { type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import type { ProcessStatus } from '../instance/process-status.ts';

/** A service that is stopped because its region stands by in pilot light: it is in order that it does not run. */
export function isPutBy({ region, kind, state }: ProcessStatus, table: RoutingTable | undefined): boolean {
  const isStopped = state === 'stopped' && SERVICE_NAMES.some((service) => service === kind);
  return isStopped && table?.mode.kind === 'pilot-light' && table.regions[region ?? '']?.state === 'standby';
}
