import type { ConflictRow } from '@meridian/conflicts';
import { type ProductDelta, productDelta } from '@meridian/contracts';
import { type Hlc, latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord, RecordInSpan } from '@meridian/kafka';
import {
  AggregateTurns,
  applyTogether,
  type Joined,
  nameJoinOutcome,
  type RecordConsumer,
  RemoteEvents,
} from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isUnchanged, join, latestHlc } from '../domain/product-state.ts';
import type { StoredProduct } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { commitTogether, lockProducts } from '../persistence/joined-products.ts';
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

  handleTogether(records: readonly RecordInSpan[]): Promise<number> {
    const { store, turns } = this;
    return this.events.receiveTogether(records, productDelta, latestHlc, (events) =>
      applyTogether({ store, turns }, events, {
        idOf: ({ sku }) => sku,
        lock: lockProducts,
        join: (known, { value, envelope }) => joinInto(known, value, envelope.hlc),
        write: (client, written) => commitTogether(client, store.self.region, written),
      }),
    );
  }

  private async merge(delta: ProductDelta, hlc: Hlc, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.findOne(delta.sku);
      const { row, beside } = joinInto(stored, delta, hlc);
      if (!row) {
        const isNew = await this.store.noteRemote(origin);
        nameJoinOutcome(isNew ? 'superseded' : 'repeated');
        return isNew;
      }
      if (await this.store.commit({ products: [row], hlc, origin, conflicts: beside ?? [] })) {
        nameJoinOutcome('joined');
        return true;
      }
    }
  }
}

/** `hlc` is the reading of the event. */
function joinInto(
  stored: StoredProduct,
  { sku, ...delta }: ProductDelta,
  hlc: Hlc,
): Joined<StoredProduct, readonly ConflictRow[]> {
  const joined = join(stored.state, delta);
  if (isUnchanged(stored.state, joined)) return { isSuperseded: true };
  return {
    row: { ...stored, state: joined, hlc: latestHlcOf([hlc, stored.hlc ?? hlc]) as Hlc },
    isSuperseded: false,
    beside: productConflicts(sku, stored.state, delta),
  };
}
