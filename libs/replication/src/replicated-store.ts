import { homeOf, type RowDeps } from '@meridian/consistency';
import type { Hlc } from '@meridian/hlc';
import type { WrittenFor } from '@meridian/outbox';
import type pg from 'pg';
import type { Home } from './consistency/home.ts';
import {
  depsAfterWrite,
  depsOfWrite,
  noteSeen,
  noteWrite,
  type Row,
  readSettled,
  type Self,
  withDeps,
} from './consistency/row-sessions.ts';
import type { ReplicatedTable } from './replicated-table.ts';

/** What replication needs of a service's store, whatever aggregates it holds. A class, so that it can be injected. */
export abstract class ReplicatedStore {
  /** Of the service's database, shared with it. */
  abstract readonly pool: pg.Pool;

  /** Where the aggregates are: what is compared between regions, and sent again to one that misses some. */
  abstract readonly table: ReplicatedTable;

  /** The greatest clock reading that it holds: where the clock must go on from after a restart. */
  abstract latestHlc(): Promise<Hlc | undefined>;

  /** The service and the region whose rows these are. */
  protected abstract readonly self: Self;

  /**
   * The region that decides when `strong` is asked, of those that may decide now; undefined when there is none, or when it is
   * not known here.
   */
  async homeOf(key: string, regions: readonly string[]): Promise<Home | undefined> {
    return regions.length > 0 ? { region: homeOf(key, regions) } : undefined;
  }

  /** Reads rows as the session asks for them, and notes in it that they were seen. */
  protected readSettled<T>(read: () => Promise<T>, rowsOf: (found: T) => readonly Row[]): Promise<T> {
    return readSettled(this.self, read, rowsOf);
  }

  /**
   * For rows that were read for several at once: notes in this session that they were seen, and returns what it is to wait
   * for before it may be shown them.
   */
  noteSeen(rows: readonly Row[]): (() => Promise<void>) | undefined {
    return noteSeen(this.self, rows);
  }

  /** For a row's column `deps`: `with_own_write(<deps>::jsonb, <writer>)`. `isTold`: whether events tell of the write. */
  protected depsOfWrite(known: RowDeps, isTold: boolean): { deps: string; writer: string | null } {
    return depsOfWrite(this.self, known, isTold);
  }

  /** For a row that several write together: what it comes from after this one; `isTold` as for `depsOfWrite`. */
  depsAfterWrite(known: RowDeps, isTold = false): RowDeps {
    return depsAfterWrite(this.self, known, isTold);
  }

  /** The events of a write of these rows, as they are to be appended to the outbox. */
  protected withDeps<Event extends object>(
    rows: readonly Row[],
    events: readonly Event[],
  ): (Event & { deps?: string; writtenFor?: WrittenFor })[] {
    return withDeps(this.self, rows, events);
  }

  /** A write was committed under this transaction's number: for the token of the answer. */
  noteWrite(transaction: string): void {
    noteWrite(this.self, transaction);
  }
}
