import type { Hlc } from '@meridian/hlc';
import type pg from 'pg';

/** What replication needs of a service's store, whatever aggregates it holds. A class, so that it can be injected. */
export abstract class ReplicatedStore {
  /** Of the service's database, shared with it. */
  abstract readonly pool: pg.Pool;

  /** Equal in two regions when they hold the same aggregates in the same state. */
  abstract digest(): Promise<{ aggregates: number; digest: string }>;

  /** The greatest clock reading that it holds: where the clock must go on from after a restart. */
  abstract latestHlc(): Promise<Hlc | undefined>;
}
