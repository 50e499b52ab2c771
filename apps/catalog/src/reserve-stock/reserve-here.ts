import { MAX_AMOUNT_MINOR, type ReserveStockRequest } from '@meridian/contracts';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { rightsIn } from '../domain/escrow.ts';
import { type ReservationRefusal, type ReservedLine, reservationOf, reserve } from '../domain/reserve.ts';
import { joinInto, toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/** As for a command: only another process can get in between. */
const ATTEMPTS = 10;

export type HereOutcome =
  /** `left` are the rights that remain; nothing when it had been reserved before. */
  | { ok: true; lines: ReservedLine[]; left: { sku: string; held: number }[] }
  | ({ ok: false } & (ReservationRefusal | { reason: 'Forwarded'; to: string }));

/** The first step of a reservation, and for most the only one: this region's own rights, in one statement. */
@Injectable()
export class ReserveHere {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
  ) {}

  /** Takes the units of all lines out of this region's rights, or of none. `forwardedFrom` is the region that borrows them. */
  reserve({ orderId, lines, forwardedFrom }: ReserveStockRequest): Promise<HereOutcome> {
    const askedBy = forwardedFrom ?? this.clock.region;
    const skus = lines.map((line) => line.sku);
    return this.turns.inTurn(skus, async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { products, reservations, forwardedTo } = await this.store.findWithReservations(orderId, skus);
        const reservation = reservationOf(askedBy, reservations);
        // What this region passed on of its own placing has nothing to do with what another one borrows.
        if (forwardedTo !== undefined && !reservation && forwardedFrom === undefined)
          return { ok: false, reason: 'Forwarded', to: forwardedTo };
        const known = { products: Object.fromEntries(products.map(({ sku, state }) => [sku, state])), reservation };
        const stamp = stampOf(this.clock, products);
        const decision = reserve(lines, { ...known, maxTotal: MAX_AMOUNT_MINOR }, stamp);
        if (!decision.ok) return decision;
        if (reservation) return { ok: true, lines: decision.lines, left: [] };

        const changed = joinInto(products, decision.deltas);
        const committed = await this.store.commit({
          products: changed,
          hlc: stamp.hlc,
          events: toStockEvents(products, decision.deltas, stamp.hlc),
          reserve: { orderId, askedBy, lines: decision.lines },
        });
        const left = changed.map(({ sku, state }) => ({ sku, held: rightsIn(stamp.region, state) }));
        if (committed) return { ok: true, lines: decision.lines, left };
      }
      throw new ProblemError('concurrent-change', { detail: 'The stock keeps changing; try again.' });
    });
  }
}
