import type { ControlStatusResponse } from '@meridian/contracts';

/**
 * Whether the primary serves, by what its control answered (undefined: nothing). It takes writes while it holds its lease,
 * for which a majority must hear its control and its database must answer, and while each of its services says that it
 * knows an epoch. Anything less is writes refused.
 */
export function servesAsPrimary(status: ControlStatusResponse | undefined): boolean {
  return status !== undefined && status.leaseMs !== null && status.services.every(({ epoch }) => epoch !== null);
}
