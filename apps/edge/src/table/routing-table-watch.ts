import { type RegionId, type RoutingTable, routingTable } from '@meridian/regions';
import { Client } from 'undici';
import { z } from 'zod';
import { reasonOf } from '../health/reason-of.ts';

/**
 * The routing table that this edge routes by. Problem: it must be fresh within moments of a decision, and must go on being
 * used when everything that could give a newer one is gone. So every control is asked for what is newer than what is
 * known, over a connection that waits (long poll); the highest epoch wins, whoever says it; and what is known is kept for
 * as long as nobody says anything newer. Nothing is stored: an edge that starts begins with the first table.
 */
export interface TableWatchSettings {
  /** How long a control may hold an answer back when it has nothing newer. */
  waitMs: number;
  /** How long after a failed ask the next one comes; doubles up to 16 times as much. */
  retryMs: number;
}

/** Where the edge reaches the control of a region: its side of the WAN link. */
export interface ControlAddress {
  readonly region: RegionId;
  readonly url: string;
}

/** What is known of one control, for `/status`. */
export interface WatchedControl extends ControlAddress {
  reachable: boolean;
  /** Why not, in a few words. */
  why: string | null;
  epoch: number | null;
}

const answer = z.object({ table: routingTable });

export class RoutingTableWatch {
  #table: RoutingTable;
  #hadFirstRound: boolean;
  #stopped = false;
  readonly controls: readonly WatchedControl[];
  readonly #settings: TableWatchSettings;
  readonly #onTable: (table: RoutingTable, before: RoutingTable) => void;
  readonly #clients: Client[] = [];
  /** Ends the pauses of controls that did not answer. */
  readonly #wakes = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  /** Asks at once; without controls, `first` is the table for ever. */
  constructor(
    first: RoutingTable,
    controls: readonly ControlAddress[],
    settings: TableWatchSettings,
    onTable: (table: RoutingTable, before: RoutingTable) => void,
  ) {
    this.#table = first;
    this.#settings = settings;
    this.#onTable = onTable;
    this.#hadFirstRound = controls.length === 0;
    this.controls = controls.map((control) => ({ ...control, reachable: false, why: 'not asked yet', epoch: null }));
    const firsts = this.controls.map((control) => this.#watch(control));
    void Promise.all(firsts).then(() => {
      this.#hadFirstRound = true;
    });
  }

  get table(): RoutingTable {
    return this.#table;
  }

  /** Whether every control was asked once, whatever it said. */
  get hadFirstRound(): boolean {
    return this.#hadFirstRound;
  }

  /** Someone knows of this epoch: no control is left unasked. True when it is known here, too, within the time. */
  async reach(epoch: number, withinMs: number): Promise<boolean> {
    if (this.#table.epoch >= epoch) return true;
    if (this.controls.length === 0) return false;
    for (const wake of this.#wakes) wake();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, withinMs);
      const look = () => this.#table.epoch >= epoch && done();
      this.#waiting.add(look);
      const waiting = this.#waiting;
      function done() {
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      }
    });
    return this.#table.epoch >= epoch;
  }

  stop(): void {
    this.#stopped = true;
    for (const client of this.#clients) client.destroy().catch(() => {});
    for (const wake of this.#wakes) wake();
  }

  /** Returns the first ask; the others go on behind it. */
  #watch(control: WatchedControl): Promise<void> {
    const { origin } = new URL(control.url);
    const client = new Client(origin, { connectTimeout: this.#settings.waitMs, allowH2: false });
    this.#clients.push(client);
    const goOn = async (failures: number): Promise<void> => {
      if (this.#stopped) return;
      // Not for long while a request waits for a newer table.
      const patience = this.#waiting.size > 0 ? 1 : Math.min(2 ** (failures - 1), 16);
      if (failures > 0) await this.#pause(patience * this.#settings.retryMs);
      const answered = await this.#ask(client, control, this.#settings.waitMs);
      void goOn(answered ? 0 : failures + 1);
    };
    // Without waiting, so that an edge knows soon whether there is a table that it has to wait for.
    return this.#ask(client, control, 0).then((answered) => void goOn(answered ? 0 : 1));
  }

  async #ask(client: Client, control: WatchedControl, waitMs: number): Promise<boolean> {
    // Beyond the wait that it was asked for, a control that says nothing is gone.
    const timeoutMs = waitMs + this.#settings.retryMs * 4;
    try {
      const { statusCode, body } = await client.request({
        method: 'GET',
        path: waitMs === 0 ? '/routing-table' : `/routing-table?after=${this.#table.epoch}&waitMs=${waitMs}`,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await body.text();
      if (statusCode === 200) this.#learn(control, answer.parse(JSON.parse(text)).table);
      else if (statusCode !== 204) throw new Error(`answers ${statusCode}`);
      control.reachable = true;
      control.why = null;
      return true;
    } catch (error) {
      control.reachable = false;
      control.why = error instanceof z.ZodError ? 'answers what is no routing table' : reasonOf(error, timeoutMs);
      return false;
    }
  }

  #learn(control: WatchedControl, table: RoutingTable): void {
    control.epoch = table.epoch;
    if (table.epoch <= this.#table.epoch || this.#stopped) return;
    const before = this.#table;
    this.#table = table;
    this.#onTable(table, before);
    for (const look of this.#waiting) look();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const wakes = this.#wakes;
      wakes.add(done);
      function done() {
        clearTimeout(timer);
        wakes.delete(done);
        resolve();
      }
    });
  }
}
