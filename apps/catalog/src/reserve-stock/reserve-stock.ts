import { MAX_AMOUNT_MINOR, type ProblemName, type ReserveStockRequest } from '@meridian/contracts';
import { RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { type ReservationRefusal, type ReservedLine, reserve } from '../domain/reserve.ts';
import { joinInto, toEvent } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { SkuTurns } from '../persistence/sku-turns.ts';

/** As for a command: only another process can get in between. */
const ATTEMPTS = 10;

@Injectable()
export class ReserveStock {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: SkuTurns,
    private readonly clock: RegionClock,
  ) {}

  /** Takes the units of all lines out of this region's stock, or of none. Throws a ProblemError for a refusal. */
  reserve({ orderId, lines }: ReserveStockRequest): Promise<ReservedLine[]> {
    const skus = lines.map((line) => line.sku);
    return this.turns.inTurn(skus, async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { products, reservation } = await this.store.findWithReservation(orderId, skus);
        const known = { products: Object.fromEntries(products.map(({ sku, state }) => [sku, state])), reservation };
        const decision = reserve(lines, { ...known, maxTotal: MAX_AMOUNT_MINOR }, this.clock.stamp());
        if (!decision.ok) throw refusal(decision);
        if (reservation) return decision.lines;

        const traceparent = currentTraceparent();
        const committed = await this.store.commit({
          products: joinInto(products, decision.deltas),
          events: Object.entries(decision.deltas).map(([sku, d]) => toEvent(sku, 'stock-changed', d, traceparent)),
          reserve: { orderId, lines: decision.lines },
        });
        if (committed) return decision.lines;
      }
      throw new ProblemError('concurrent-change', { detail: 'The stock keeps changing; try again.' });
    });
  }
}

const REFUSALS: Record<ReservationRefusal['reason'], [ProblemName, string]> = {
  UnknownSku: ['unknown-sku', 'Not known in this region:'],
  InsufficientStock: ['insufficient-stock', 'This region does not hold enough of:'],
  MixedCurrencies: ['invalid-request', 'All lines of an order must be priced in one currency.'],
  TotalTooLarge: ['invalid-request', 'The total of the order is too large.'],
  KeyReused: ['idempotency-key-reused', 'Stock is reserved for this order already, for other lines.'],
  Released: ['order-state-conflict', 'The order was cancelled and its stock given back.'],
};

function refusal(refused: ReservationRefusal): ProblemError {
  const [name, detail] = REFUSALS[refused.reason];
  return new ProblemError(name, { detail: 'skus' in refused ? `${detail} ${refused.skus.join(', ')}.` : detail });
}
