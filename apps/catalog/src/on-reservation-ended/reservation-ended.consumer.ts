import { type OrderDelta, orderDelta, orderReadings } from '@meridian/contracts';
import { latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { AggregateTurns, type RecordConsumer, RegionClock, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { release } from '../domain/reserve.ts';
import { joinInto, toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { stampOf } from '../stamp-of.ts';

/**
 * Gives the units of an order back that does not need them here: it was cancelled, or it was placed in two regions, each of
 * which had units reserved for it, and what this one holds is surplus. A reservation stands only where the units came out of the stock, so elsewhere there is nothing to do.
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
      ({ value: { id, facts }, origin }) =>
        facts.cancelled || isSurplus(facts, this.clock.region)
          ? this.release(id, origin)
          : this.store.noteRemote(origin),
    );
  }

  private async release(orderId: string, origin: Origin): Promise<boolean> {
    const { reservation } = await this.store.findWithReservation(orderId);
    if (!reservation || reservation.released) return await this.store.noteRemote(origin);
    const skus = reservation.lines.map((line) => line.sku);
    return this.turns.inTurn(skus, async () => {
      for (;;) {
        const found = await this.store.findWithReservation(orderId, skus);
        const known = Object.fromEntries(found.products.map(({ sku, state }) => [sku, state]));
        const stamp = stampOf(this.clock);
        const deltas = release(found.reservation, known, stamp);
        const committed = await this.store.commit({
          products: joinInto(found.products, deltas),
          hlc: stamp.hlc,
          events: toStockEvents(found.products, deltas, stamp.hlc),
          release: orderId,
          origin,
        });
        if (committed) return true;
      }
    });
  }
}

/** Whether the reservation that this region holds for the order is one that the order does not need. */
function isSurplus({ surplus }: OrderDelta['facts'], region: string): boolean {
  return Object.values(surplus ?? {}).some(({ reservedIn }) => reservedIn === region);
}
