import { type OrderDelta, orderDelta, orderReadings } from '@meridian/contracts';
import { latestHlcOf } from '@meridian/hlc';
import { alreadyApplied, type Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { AggregateTurns, type RecordConsumer, RegionClock, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { type Ended, release, reservationsToRelease } from '../domain/reserve.ts';
import { joinInto, toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/**
 * Gives the units of an order back that does not need them here: it was cancelled, or it was placed in several regions, each
 * of which had units reserved for it, and what this one holds for some of these placings is surplus. A reservation stands
 * only where the units came out of the stock, so elsewhere there is nothing to do.
 */
@Injectable()
export class ReservationEndedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(
      record,
      orderDelta,
      ({ facts }) => latestHlcOf(orderReadings(facts)),
      ({ value: { id, facts }, origin }) => this.release(id, endedBy(facts), origin),
    );
  }

  private async release(orderId: string, ended: Ended, origin: Origin): Promise<boolean> {
    if (!ended.cancelled && ended.surplus.length === 0) return this.store.noteRemote(origin);
    const { region } = this.clock;
    const held = await this.store.findWithReservations(orderId);
    const ending = reservationsToRelease(held.reservations, ended, region);
    if (ending.length === 0) return this.store.noteRemote(origin);
    // Told again, it would end what was reserved since, and is the other region's to tell of.
    if (await alreadyApplied(this.store.pool, origin)) return false;
    const skus = [...new Set(ending.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
    return this.turns.inTurn(skus, async () => {
      for (;;) {
        const found = await this.store.findWithReservations(orderId, skus);
        const known = Object.fromEntries(found.products.map(({ sku, state }) => [sku, state]));
        const stamp = stampOf(this.clock, found.products);
        // Of those alone whose products were read; one that is made at this moment is of another placing.
        const before = new Set(ending.map(({ askedBy }) => askedBy));
        const releasing = reservationsToRelease(found.reservations, ended, region).filter((r) => before.has(r.askedBy));
        const deltas = release(releasing, known, stamp);
        const committed = await this.store.commit({
          products: joinInto(found.products, deltas),
          hlc: stamp.hlc,
          events: toStockEvents(found.products, deltas, stamp.hlc),
          release: { orderId, askedBy: releasing.map(({ askedBy }) => askedBy) },
          origin,
        });
        if (committed) return true;
      }
    });
  }
}

function endedBy({ cancelled, surplus }: OrderDelta['facts']): Ended {
  return { cancelled: cancelled !== undefined, surplus: Object.values(surplus ?? {}) };
}
