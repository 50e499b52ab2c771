import type { RowDeps } from '@meridian/consistency';
import { newOnes, type Origin } from '@meridian/inbox';
import type pg from 'pg';
import type { AggregateTurns } from './aggregate-turns.ts';
import { nameJoinOutcome } from './join-outcome.ts';
import type { EventOfMany } from './remote-events.ts';
import type { ReplicatedStore } from './replicated-store.ts';

/** What a service's store and join make of several events; `Row` is an aggregate as it is read. */
export interface JoinTogether<Value, Row, Beside> {
  idOf(value: Value): string;
  /** Reads and locks the rows of these ids, in one order everywhere. Also of an id of which nothing is known. */
  lock(client: pg.ClientBase, ids: readonly string[]): Promise<Map<string, Row>>;
  /** Joins one event, as alone. */
  join(known: Row, event: EventOfMany<Value>): Joined<Row, Beside>;
  /** Writes everything in one statement, and says which events were not noted in the inbox before. Rejects, if it cannot. */
  write(client: pg.ClientBase, written: Written<Row, Beside>): Promise<readonly Origin[]>;
}

export interface Joined<Row, Beside> {
  /** Absent when the event says nothing new. */
  row?: Row;
  /** Whether it came too late to show. */
  isSuperseded: boolean;
  /** Whether this region tells the others something that follows from it: `beside` has its events. */
  isTold?: boolean;
  /** What goes with it: conflicts, what becomes due, events. */
  beside?: Beside;
}

export interface Written<Row, Beside> {
  rows: readonly Row[];
  beside: readonly Beside[];
  origins: readonly Origin[];
}

/**
 * Applies several events in one transaction, to the same rows, ledger and inbox as one after the other: each is joined
 * into what the one before it left. A transaction per event costs four round trips each; this one costs four in all. Says of
 * each event whether it was new.
 *
 * Why rows are locked and not compared by version when they are written: of fifty aggregates one would mostly have changed
 * meanwhile, and all would begin again. The lock is held for the joins and one statement. Of the turns of a process all
 * are taken at once, so what it does itself never waits for a row while it holds another one.
 */
export async function applyTogether<Value, Row extends { deps: RowDeps }, Beside>(
  { store, turns }: { store: ReplicatedStore; turns: AggregateTurns },
  events: readonly EventOfMany<Value>[],
  { idOf, lock, join, write }: JoinTogether<Value, Row, Beside>,
): Promise<boolean[]> {
  const ids = [...new Set(events.map(({ value }) => idOf(value)))].sort();
  const origins = events.map(({ origin }) => origin);
  const { joined, isNew } = await turns.inTurn(ids, () =>
    inTransaction(store.pool, async (client) => {
      const known = await lock(client, ids);
      const changed = new Map<string, Row>();
      const joined = events.map((event) => {
        const id = idOf(event.value);
        return event.asItself(() => {
          const { row, ...found } = join(known.get(id) as Row, event);
          if (row === undefined) return found;
          const written = { ...row, deps: store.depsAfterWrite(row.deps, found.isTold) };
          known.set(id, written);
          changed.set(id, written);
          return { row: written, ...found };
        });
      });
      const beside = joined.flatMap((one) => (one.beside === undefined ? [] : [one.beside]));
      const noted = await write(client, { rows: [...changed.values()], beside, origins });
      return { joined, isNew: newOnes(origins, noted) };
    }),
  );
  return events.map(({ asItself }, i) => {
    const { row, isSuperseded } = joined[i] as Joined<Row, Beside>;
    const wasNew = row !== undefined || isNew[i] === true;
    asItself(() => nameJoinOutcome(!wasNew ? 'repeated' : isSuperseded ? 'superseded' : 'joined'));
    return wasNew;
  });
}

/** Some of the statements that services write with. */
const WAIT_FOR_ROWS_MS = 200;

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${WAIT_FOR_ROWS_MS}`);
    const done = await work(client);
    await client.query('COMMIT');
    client.release();
    return done;
  } catch (failure) {
    const isBack = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    client.release(!isBack);
    throw failure;
  }
}
