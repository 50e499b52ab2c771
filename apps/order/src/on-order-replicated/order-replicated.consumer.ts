import { orderDelta } from '@meridian/contracts';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { nameJoinOutcome, type RecordConsumer, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isUnchanged, join, latestHlc, type OrderFacts } from '../domain/order.ts';
import { OrderStore } from '../persistence/order-store.ts';

/** Joins what another region says of an order into what this one knows. */
@Injectable()
export class OrderReplicatedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: OrderStore,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(
      record,
      orderDelta,
      ({ facts }) => latestHlc(facts),
      ({ value: { id, facts }, origin }) => this.merge(id, facts, origin),
    );
  }

  private async merge(id: string, facts: OrderFacts, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.find(id);
      const joined = join(stored.facts, facts);
      if (isUnchanged(stored.facts, joined)) {
        const isNew = await this.store.noteRemote(origin);
        nameJoinOutcome(isNew ? 'superseded' : 'repeated');
        return isNew;
      }
      if (await this.store.commitRemote({ ...stored, facts: joined }, origin)) {
        nameJoinOutcome('joined');
        return true;
      }
    }
  }
}
