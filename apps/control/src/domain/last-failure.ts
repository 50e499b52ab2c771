import type { KnownTable } from './lease-wait.ts';

/**
 * How long it has been known here that a region failed which still counts as failed, in milliseconds; the newest of
 * several. Undefined when none has. `known` is what was decided, the newest first.
 */
export function lastFailureMs([newest, ...older]: readonly KnownTable[]): number | undefined {
  if (!newest) return undefined;
  const failed = Object.values(newest.table.regions).filter(({ state }) => state === 'failed');
  if (failed.length === 0) return undefined;
  const epoch = Math.max(...failed.map(({ sinceEpoch }) => sinceEpoch));
  return [newest, ...older].findLast(({ table }) => table.epoch >= epoch)?.knownForMs;
}
