import { type OrderDelta, orderDelta, orderReadings } from '@meridian/contracts';
import { type Hlc, latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord, RecordInSpan } from '@meridian/kafka';
import {
  AggregateTurns,
  applyTogether,
  type Joined,
  nameJoinOutcome,
  type RecordConsumer,
  RegionClock,
  RemoteEvents,
} from '@meridian/replication';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { merge } from '../domain/merge.ts';
import { knownHlc, type OrderFacts } from '../domain/order.ts';
import { type StoredOrder, toEvent } from '../persistence/order-shapes.ts';
import { type Beside, OrderStore } from '../persistence/order-store.ts';
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
    private readonly turns: AggregateTurns,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(record, orderDelta, latestHlc, ({ value: { id, facts }, origin }) =>
      this.merge(id, facts, origin),
    );
  }

  handleTogether(records: readonly RecordInSpan[]): Promise<number> {
    const { store, turns } = this;
    return this.events.receiveTogether(records, orderDelta, latestHlc, async (events) => {
      let written: readonly StoredOrder[] = [];
      const isNew = await applyTogether({ store, turns }, events, {
        idOf: ({ id }) => id,
        lock: (client, ids) => store.lock(client, ids),
        join: (known, { value: { facts } }) => this.joinInto(known, facts),
        write: (client, all) => {
          written = all.rows;
          return store.commitTogether(client, all);
        },
      });
      store.refundsMayBeDue(written);
      return isNew;
    });
  }

  private async merge(id: string, told: OrderFacts, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.find(id);
      const { row, lost, events, conflicts } = this.mergeInto(stored, told);
      if (!row) {
        const isFirst = await this.store.noteRemote(origin, conflicts);
        nameLost(lost);
        nameJoinOutcome(isFirst ? 'superseded' : 'repeated');
        return isFirst;
      }
      if (await this.store.commitRemote(row, events, origin, conflicts)) {
        nameLost(lost);
        nameJoinOutcome('joined');
        return true;
      }
    }
  }

  private joinInto(stored: StoredOrder, told: OrderFacts): Joined<StoredOrder, Beside> {
    const { row, lost, events, conflicts } = this.mergeInto(stored, told);
    nameLost(lost);
    const isTold = events.length > 0;
    const beside = { events: this.store.toldOn(stored, events), conflicts };
    return { ...(row && { row }), isSuperseded: row === undefined, isTold, beside };
  }

  private mergeInto(stored: StoredOrder, told: OrderFacts) {
    const stamp = this.clock.stamp(knownHlc(stored.facts));
    const { facts, isNew, noted, lost } = merge(stored.facts, told, stamp);
    const conflicts = orderConflicts(stored.id, lost);
    if (!isNew) return { lost, conflicts, events: [] };
    const events = noted ? [toEvent(stored.id, noted, facts, currentTraceparent())] : [];
    return { row: { ...stored, facts }, lost, conflicts, events };
  }
}

function latestHlc({ facts }: OrderDelta): Hlc | undefined {
  return latestHlcOf(orderReadings(facts));
}
