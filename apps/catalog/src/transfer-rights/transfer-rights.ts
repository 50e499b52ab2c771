import type { TransferRightsRequest, TransferRightsResponse } from '@meridian/contracts';
import { writeFor } from '@meridian/fencing';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { ATTRIBUTES } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { CatalogConfig } from '../catalog.config.ts';
import { Demand } from '../domain/demand.ts';
import { handOver, rightsIn } from '../domain/escrow.ts';
import { productOf } from '../domain/product.ts';
import { join, NOTHING, type ProductState } from '../domain/product-state.ts';
import { unitsToGive } from '../domain/share-rights.ts';
import { WaitingOrders } from '../escrow/waiting-orders.ts';
import { toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/** As for a command: only another process can get in between. */
const ATTEMPTS = 10;

/**
 * Hands rights over to the region that asks. They leave at once; whichever comes first, the answer or the event, brings
 * them there. An answer that is lost therefore loses nothing, and asked again, this region may hand over more.
 */
@Injectable()
export class TransferRights {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
    private readonly demand: Demand,
    private readonly waiting: WaitingOrders,
    private readonly config: CatalogConfig,
  ) {}

  async give(sku: string, wanted: TransferRightsRequest): Promise<TransferRightsResponse> {
    if (!this.config.otherRegions.includes(wanted.to))
      throw new ProblemError('invalid-request', {
        errors: [{ pointer: '/to', detail: `is not another region; they are ${this.config.otherRegions.join(', ')}` }],
      });
    // A region that sells nothing itself goes on giving, or its units could not be sold anywhere.
    const given = await this.turns.aheadOfTurns(sku, () => writeFor('peer', () => this.handOver(sku, wanted)));
    trace.getActiveSpan()?.setAttribute(ATTRIBUTES.stockUnits, given.units);
    return given;
  }

  private async handOver(sku: string, wanted: TransferRightsRequest): Promise<TransferRightsResponse> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await this.store.findOne(sku);
      const units = productOf(stored.state).known ? this.toGive(sku, stored.state, wanted) : 0;
      const stamp = stampOf(this.clock, [stored]);
      const delta = units > 0 ? handOver(stored.state, wanted.to, units, stamp) : undefined;
      if (!delta) return { sku, units: 0, known: { sku, ...stockOf(stored.state) }, deps: stored.deps };

      const state = join(stored.state, delta);
      const { hlc } = stamp;
      const events = toStockEvents([stored], { [sku]: delta }, hlc);
      if (await this.store.commit({ products: [{ ...stored, state }], hlc, events })) {
        // Read again for the number of the write that was just committed.
        const { state: known, deps } = await this.store.findOne(sku);
        return { sku, units, known: { sku, ...stockOf(known) }, deps };
      }
    }
    throw new ProblemError('concurrent-change', { detail: `The stock of ${sku} keeps changing; try again.` });
  }

  private toGive(sku: string, state: ProductState, wanted: TransferRightsRequest): number {
    return unitsToGive(wanted, {
      held: rightsIn(this.clock.region, state),
      demandPerS: this.demand.perS(sku, this.clock.wallClockMs()),
      owed: this.waiting.owedBefore(sku, wanted.since),
    });
  }
}

/** Not the transfer alone: the region that asks knows then what it can ask others for, or need not. */
function stockOf({ stock, rights }: ProductState): ProductState {
  return { ...NOTHING, stock, ...(rights && { rights }) };
}
