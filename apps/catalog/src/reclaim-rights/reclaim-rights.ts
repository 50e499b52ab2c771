import { Epochs } from '@meridian/fencing';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { rightsIn, takeOver } from '../domain/escrow.ts';
import { join } from '../domain/product-state.ts';
import { toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/**
 * The decision by which a region is gone for good: who may take over what it held, and by which epoch. Made by the control
 * plane, which also sees to it that from this epoch on everything that the fenced region still says is refused.
 */
export interface FencingDecision {
  epoch: number;
  fenced: string;
  heir: string;
}

export type Reclaimed =
  | { ok: true; units: number }
  | { ok: false; reason: 'NotTheHeir' | 'StaleEpoch' | 'NothingLeft' };

/**
 * Takes over the rights of a region that is gone for good, for one product. A hook for the control plane and deliberately
 * no route: it writes in another region's name, which breaks the rule that no unit is sold twice, unless
 *
 * - the region is fenced under the epoch of the decision: what it still sells or sends is refused everywhere, for ever;
 * - only the heir that the decision names does it, and for no epoch before one that it knows of or has acted on: by a later
 *   decision the region may be back.
 *
 * What the region had sold and not yet told is not known to anybody: as many units can then be sold again as were lost with
 * its disk, which is part of the loss that the control plane accounts for (RPO).
 */
@Injectable()
export class ReclaimRights {
  /** That it has acted on, before control has told it of that epoch; what it was told outlives this process. */
  private latestEpoch = 0;

  constructor(
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
    private readonly epochs: Epochs,
  ) {}

  reclaim(sku: string, { epoch, fenced, heir }: FencingDecision): Promise<Reclaimed> {
    return this.turns.inTurn([sku], async () => {
      if (heir !== this.clock.region || fenced === heir) return { ok: false, reason: 'NotTheHeir' };
      if (epoch < Math.max(this.latestEpoch, this.epochs.table.epoch)) return { ok: false, reason: 'StaleEpoch' };
      this.latestEpoch = epoch;
      for (;;) {
        const stored = await this.store.findOne(sku);
        const units = rightsIn(fenced, stored.state);
        if (units <= 0) return { ok: false, reason: 'NothingLeft' };
        const stamp = stampOf(this.clock, [stored]);
        const delta = takeOver(stored.state, fenced, stamp);
        const committed = await this.store.commit({
          products: [{ ...stored, state: join(stored.state, delta) }],
          hlc: stamp.hlc,
          events: toStockEvents([stored], { [sku]: delta }, stamp.hlc),
        });
        if (committed) return { ok: true, units };
      }
    });
  }
}
