import { type ProductDelta, productDelta } from '@meridian/contracts';
import type { Hlc } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { AggregateTurns, nameJoinOutcome, type RecordConsumer, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isUnchanged, join, latestHlc } from '../domain/product-state.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { productConflicts } from './product-conflicts.ts';

/** Joins what another region says of a product into what this one knows, and keeps what that discards. */
@Injectable()
export class ProductReplicatedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(record, productDelta, latestHlc, ({ value, origin, envelope }) =>
      this.turns.inTurn([value.sku], () => this.merge(value, envelope.hlc, origin)),
    );
  }

  private async merge({ sku, ...delta }: ProductDelta, hlc: Hlc, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.findOne(sku);
      const joined = join(stored.state, delta);
      if (isUnchanged(stored.state, joined)) {
        const isNew = await this.store.noteRemote(origin);
        nameJoinOutcome(isNew ? 'superseded' : 'repeated');
        return isNew;
      }
      const conflicts = productConflicts(sku, stored.state, delta);
      if (await this.store.commit({ products: [{ ...stored, state: joined }], hlc, origin, conflicts })) {
        nameJoinOutcome('joined');
        return true;
      }
    }
  }
}
