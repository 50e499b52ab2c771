import { latestHlcOf } from '@meridian/hlc';
import type { RegionClock } from '@meridian/replication';
import type { Stamp } from './domain/escrow.ts';
import type { StoredProduct } from './persistence/catalog-shapes.ts';

/**
 * The clock's stamp for a change of these products, later than all that is in them; without the time of day, which nobody
 * reads of a product and which would be stored with every write.
 */
export function stampOf(clock: RegionClock, changed: readonly Pick<StoredProduct, 'hlc'>[]): Stamp {
  const known = changed.map(({ hlc }) => hlc).filter((hlc) => hlc !== undefined);
  const { at: _at, ...stamp } = clock.stamp(latestHlcOf(known));
  return stamp;
}
