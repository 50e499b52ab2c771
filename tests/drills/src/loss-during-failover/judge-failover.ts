import type { RoutingTable } from '@meridian/regions';

/** What an operator was told who asked for a failover; without a status when no answer came. */
export interface ToldOutcome {
  status: number | undefined;
  epoch: number | undefined;
  why: string | undefined;
}

/**
 * What is wrong with the answer, knowing what all came to know later. Decided means that it holds: the epoch is one that is
 * known, or that a later one is built upon. Not decided has to be said plainly; silence and any other answer are neither.
 */
export function judgeFailover({ status, epoch, why }: ToldOutcome, later: readonly RoutingTable[]): string[] {
  if (status === 200 && epoch !== undefined)
    return later
      .filter((table) => table.epoch < epoch)
      .map((table) => `told epoch ${epoch}, later there is ${table.epoch}`);
  const isSaid = status === 503 && (why === 'NotBegun' || why === 'MayStillWin');
  return isSaid ? [] : [`it was answered ${status ?? 'nothing'}: ${why ?? 'no reason'}`];
}
