import type { RegionClock } from '@meridian/replication';
import type { Stamp } from './domain/escrow.ts';

/** The clock's stamp without the time of day: nobody reads that of a product, and it would be stored with every write. */
export function stampOf(clock: RegionClock): Stamp {
  const { at: _at, ...stamp } = clock.stamp();
  return stamp;
}
