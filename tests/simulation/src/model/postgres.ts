import { Host, Signal, type Task } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Model of what Meridian relies on in PostgreSQL: row locks, transaction numbers, the horizon, and what a crash keeps. */

/** The session ended before the answer came. Whether the transaction is committed is not known. */
export class DatabaseAway extends Error {
  constructor() {
    super('the database is away');
    this.name = 'DatabaseAway';
  }
}

/** One of the services' `WITH written AS (…) …` statements: it writes all that it says, or nothing. */
export interface Statement {
  /** Names of the rows that it locks, in this order. */
  rows: readonly string[];
  /** Called with the locks held: whether the rows are still the versions that were decided on. */
  holds(): boolean;
  /** Called when it begins to write: what other transactions can see of it already, such as numbers of a sequence. */
  begin?(xid: number): void;
  /** Called at commit. */
  write(xid: number): void;
  /** Called when it ends, either way. */
  ended?(): void;
}

const SLOW_CHANCE = 0.06;

export class Postgres {
  readonly server: Host;
  readonly #kernel: Kernel;
  readonly #region: string;
  /** `xid8` is never given twice, also not after a crash. */
  #lastXid = 0;
  #open = new Map<number, Signal>();
  #locks = new Map<string, number>();
  /** Takes back what was committed with `synchronous_commit = off` and has not reached the disk. */
  #unflushed: (() => void)[] = [];
  /** Probability that a session ends between the commit and its answer. */
  lostAnswers = 0;

  constructor(kernel: Kernel, region: string) {
    this.#kernel = kernel;
    this.#region = region;
    this.server = new Host(kernel);
  }

  /** `pg_snapshot_xmin(pg_current_snapshot())`: every transaction below it has ended, whichever database it wrote to. */
  get horizon(): number {
    let lowest = this.#lastXid + 1;
    for (const xid of this.#open.keys()) if (xid < lowest) lowest = xid;
    return lowest;
  }

  /** False when the rows have changed and nothing was written; otherwise the number of the transaction. */
  *transaction(statement: Statement): Task<number | false> {
    const { server } = this;
    if (!server.up) throw new DatabaseAway();
    const { life } = server;
    const answered = new Signal();
    let outcome: number | false = false;
    // The server carries on by itself: a client that dies has sent its statement already.
    server.start(
      this.#carryOut(statement, (result) => {
        outcome = result;
        answered.happen();
      }),
    );
    this.#whenServerDies(life, answered);
    yield answered;
    const lost = outcome !== false && this.#randomOf(statement).chance(this.lostAnswers);
    if (server.life !== life || lost) throw new DatabaseAway();
    return outcome;
  }

  *#carryOut(statement: Statement, answer: (result: number | false) => void): Task<void> {
    const random = this.#randomOf(statement);
    yield random.next();
    this.#lastXid += 1;
    const xid = this.#lastXid;
    const end = new Signal();
    this.#open.set(xid, end);
    for (const row of statement.rows) {
      for (let holder = this.#locks.get(row); holder !== undefined && holder !== xid; holder = this.#locks.get(row))
        yield this.#open.get(holder) as Signal;
      this.#locks.set(row, xid);
    }
    const holds = statement.holds();
    if (holds) {
      statement.begin?.(xid);
      // Most take a moment. Some hang about, with a low number, while others begin, commit and are published.
      yield random.chance(SLOW_CHANCE) ? random.between(50, 1_500) : 1 + random.next();
      statement.write(xid);
      this.#unflushed = [];
    }
    this.#end(xid, statement, end);
    answer(holds && xid);
  }

  #randomOf({ rows }: Statement) {
    return this.#kernel.randomOf(`${this.#region} transactions on ${rows[0]}`);
  }

  #end(xid: number, statement: Statement, end: Signal): void {
    this.#open.delete(xid);
    for (const row of statement.rows) if (this.#locks.get(row) === xid) this.#locks.delete(row);
    statement.ended?.();
    end.happen();
  }

  /** A transaction of somebody else's, which writes elsewhere in this server and holds the horizon meanwhile. */
  holdHorizon(forMs: number): void {
    if (!this.server.up) return;
    this.#lastXid += 1;
    const xid = this.#lastXid;
    this.#open.set(xid, new Signal());
    this.#kernel.after(forMs, () => this.#open.delete(xid));
  }

  /** A commit that does not wait for the disk: `undo` takes it back if the server crashes before another one does. */
  commitUnflushed(apply: () => void, undo: () => void): void {
    if (!this.server.up) throw new DatabaseAway();
    apply();
    this.#unflushed.push(undo);
  }

  crash(): void {
    if (!this.server.up) return;
    this.server.crash();
    this.#open = new Map();
    this.#locks = new Map();
    for (const undo of this.#unflushed.reverse()) undo();
    this.#unflushed = [];
    this.#died.happen();
    this.#died = new Signal();
  }

  restart(): void {
    this.server.restart();
  }

  #died = new Signal();

  #whenServerDies(life: number, wake: Signal): void {
    if (this.server.life !== life) wake.happen();
    else this.#died.whenHappened(() => wake.happen());
  }
}
