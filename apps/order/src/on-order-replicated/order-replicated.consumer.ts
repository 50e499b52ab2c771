import { orderDelta, orderReadings } from '@meridian/contracts';
import { latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { nameJoinOutcome, type RecordConsumer, RegionClock, RemoteEvents } from '@meridian/replication';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { merge } from '../domain/merge.ts';
import { knownHlc, type OrderFacts } from '../domain/order.ts';
import { toEvent } from '../persistence/order-shapes.ts';
import { OrderStore } from '../persistence/order-store.ts';
import { nameLost } from './name-lost.ts';
import { orderConflicts } from './order-conflicts.ts';

/**
 * Joins what another region says of an order into what this one knows, and tells what follows from that for this region:
 * in one write, so that it is told once. Giving money back follows, too, and is derived from the row: see `Settlement`.
 */
@Injectable()
export class OrderReplicatedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: OrderStore,
    private readonly clock: RegionClock,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(
      record,
      orderDelta,
      ({ facts }) => latestHlcOf(orderReadings(facts)),
      ({ value: { id, facts }, origin }) => this.merge(id, facts, origin),
    );
  }

  private async merge(id: string, told: OrderFacts, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.find(id);
      const stamp = this.clock.stamp(knownHlc(stored.facts));
      const { facts, isNew, noted, lost } = merge(stored.facts, told, stamp);
      if (!isNew) {
        const isFirst = await this.store.noteRemote(origin, orderConflicts(id, lost));
        nameLost(lost);
        nameJoinOutcome(isFirst ? 'superseded' : 'repeated');
        return isFirst;
      }
      const events = noted ? [toEvent(id, noted, facts, currentTraceparent())] : [];
      if (await this.store.commitRemote({ ...stored, facts }, events, origin, orderConflicts(id, lost))) {
        nameLost(lost);
        nameJoinOutcome('joined');
        return true;
      }
    }
  }
}
