import { type AfterRebuild, AggregateTurns, RegionClock } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { giveUp, rightsIn } from '../domain/escrow.ts';
import { join } from '../domain/product-state.ts';
import { toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/**
 * After its disk was lost, this region holds what the others know that it held. What it had sold of that and not told is
 * known to nobody, so it gives all of it up: too few units can be counted and restocked, one sold twice cannot be unsold.
 * The others hear of it as of any other change of the stock.
 */
@Injectable()
export class WriteOffRights implements AfterRebuild {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
  ) {}

  async afterRebuild({ wasHeard }: { wasHeard: boolean }): Promise<string[]> {
    // A region that is new sold nothing.
    if (!wasHeard) return [];
    let units = 0;
    const skus = await this.store.skusForSale();
    for (const sku of skus) units += await this.turns.inTurn([sku], () => this.writeOff(sku));
    if (units === 0) return [];
    return [
      `${units} units of ${skus.length} products are written off, as they may have been sold: count and restock them`,
    ];
  }

  private async writeOff(sku: string): Promise<number> {
    for (;;) {
      const stored = await this.store.findOne(sku);
      const stamp = stampOf(this.clock, [stored]);
      const delta = giveUp(stored.state, stamp);
      if (!delta) return 0;
      const committed = await this.store.commit({
        products: [{ ...stored, state: join(stored.state, delta) }],
        hlc: stamp.hlc,
        events: toStockEvents([stored], { [sku]: delta }, stamp.hlc),
      });
      if (committed) return rightsIn(stamp.region, stored.state);
    }
  }
}
