import { orderDelta, orderReadings } from '@meridian/contracts';
import { latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { type RecordConsumer, RegionClock, RemoteEvents } from '@meridian/replication';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { release } from '../domain/reserve.ts';
import { joinInto, toEvent } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { SkuTurns } from '../persistence/sku-turns.ts';

/**
 * Gives the units of a cancelled order back. Where the side effect runs: `every` region, whichever the order was cancelled
 * in; the reservation stands only where the units came out of the stock, so everywhere else there is nothing to do.
 */
@Injectable()
export class OrderCancelledConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: CatalogStore,
    private readonly turns: SkuTurns,
    private readonly clock: RegionClock,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(
      record,
      orderDelta,
      ({ facts }) => latestHlcOf(orderReadings(facts)),
      ({ value: { id, facts }, origin }) =>
        facts.cancelled ? this.release(id, origin) : this.store.noteRemote(origin),
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
        const deltas = release(found.reservation, known, this.clock.stamp());
        const traceparent = currentTraceparent();
        const committed = await this.store.commit({
          products: joinInto(found.products, deltas),
          events: Object.entries(deltas).map(([sku, delta]) => toEvent(sku, 'stock-changed', delta, traceparent)),
          release: orderId,
          origin,
        });
        if (committed) return true;
      }
    });
  }
}
