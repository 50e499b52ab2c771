import type { Hlc } from '@meridian/hlc';
import type pg from 'pg';
import type { ReplicatedTable } from './replicated-table.ts';

/** What replication needs of a service's store, whatever aggregates it holds. A class, so that it can be injected. */
export abstract class ReplicatedStore {
  /** Of the service's database, shared with it. */
  abstract readonly pool: pg.Pool;

  /** Where the aggregates are: what is compared between regions, and sent again to one that misses some. */
  abstract readonly table: ReplicatedTable;

  /** The greatest clock reading that it holds: where the clock must go on from after a restart. */
  abstract latestHlc(): Promise<Hlc | undefined>;
}
