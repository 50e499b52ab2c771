import { AggregateTurns } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { FindProduct } from '../find-product/find-product.ts';
import type { KnownProduct } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

/**
 * Adds units to this region's rights. Nothing in the units tells one delivery from another, so sent twice they are added
 * twice, unless the client names the delivery by a key: the same key then adds nothing more.
 *
 * Limit: in this region. A key that is used in two regions adds units in both, as neither can ask the other in a partition
 * and, unlike an order, units that were sold cannot be taken back. A delivery arrives in one place.
 */
@Injectable()
export class Restock {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly findProduct: FindProduct,
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
  ) {}

  async restock(sku: string, units: number, key?: string): Promise<{ known: KnownProduct; replayed: boolean }> {
    if (key === undefined)
      return { known: await this.carryOut.command(sku, { type: 'Restock', units }), replayed: false };
    return this.turns.inTurn([`${sku} ${key}`], async () => {
      const earlier = await this.store.findRestocking(sku, key);
      if (earlier !== undefined && earlier !== units)
        throw new ProblemError('idempotency-key-reused', { detail: `${earlier} units were added with this key.` });
      if (earlier !== undefined) return { known: await this.findProduct.find(sku), replayed: true };
      const known = await this.carryOut.command(sku, { type: 'Restock', units }, { sku, key, units });
      return { known, replayed: false };
    });
  }
}
