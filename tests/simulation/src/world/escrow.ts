import { Demand } from '@meridian/catalog/domain/demand';
import type { ProductState } from '@meridian/catalog/domain/product-state';
import { spareWanted, unitsToGive } from '@meridian/catalog/domain/share-rights';
import type { RowDeps } from '@meridian/consistency';
import { type Host, Signal, type Task, within } from '../kernel/host.ts';
import { DatabaseAway } from '../model/postgres.ts';
import type { Server } from './network.ts';
import type { Row, Stamp } from './service.ts';
import type { Surroundings } from './surroundings.ts';

/** What a region asks another one for. */
export interface Wanted {
  to: string;
  units: number;
  spare: number;
  /** Since when the first of the orders waits that need `units`. */
  since: string | undefined;
}
/** What it gave, what it knows of the stock then, and of which writes that consists. */
export interface Given {
  units: number;
  known: ProductState;
  deps: RowDeps;
}

/** What of the catalog is needed here: it imports this. */
interface Catalog extends Server {
  readonly region: Surroundings;
  readonly host: Host;
  find(sku: string): Row<ProductState>;
  give(sku: string, wanted: Wanted): Task<Given>;
  /** Joins what came with an answer. */
  receive(sku: string, given: Given): Task<void>;
  writeOwn(sku: string, change: (state: ProductState, stamp: Stamp) => ProductState | undefined): Task<void>;
}

const CALL_TIMEOUT_MS = 800;
const ASK_AGAIN_AFTER_MS = 1_000;

/**
 * Model of apps/catalog/src/escrow: the orders that wait for rights, and asking other regions for them, one product once
 * at a time. How much is asked for and given is decided by the real rules. In memory: it ends with the process.
 */
export class Escrow {
  readonly demand = new Demand();
  readonly #catalog: Catalog;
  readonly #waiting = new Map<string, Set<{ units: number; since: string }>>();
  readonly #underWay = new Map<string, Asking>();
  readonly #askedMs = new Map<string, number>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  get #region(): Surroundings {
    return this.#catalog.region;
  }

  /** Units that were got while an order waited for so many. */
  *forOrder(sku: string, { byMs, ...order }: { units: number; since: string; byMs: number }): Task<number> {
    const { kernel } = this.#region;
    const waiting = this.#waiting.get(sku) ?? new Set();
    this.#waiting.set(sku, waiting.add(order));
    const asking = this.#underWay.get(sku) ?? this.#ask(sku, byMs);
    yield* within(kernel, asking.over, Math.max(0, byMs - kernel.nowMs));
    waiting.delete(order);
    return asking.units;
  }

  /** In the background, before it is urgent. */
  inAdvance(sku: string): void {
    const { kernel, id, rules } = this.#region;
    const state = this.#stateOf(sku);
    if (!state) return;
    const held = rules.unitsIn(id, state);
    if (this.#underWay.has(sku) || spareWanted(held, this.demand.perS(sku, kernel.nowMs)) === 0) return;
    if (kernel.nowMs - (this.#askedMs.get(sku) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_AFTER_MS) return;
    this.#askedMs.set(sku, kernel.nowMs);
    this.#ask(sku, kernel.nowMs + 2 * CALL_TIMEOUT_MS);
  }

  /** What this region can do without, for another one. */
  unitsToGive(sku: string, held: number, { units, spare, since }: Wanted): number {
    const here = this.#neededBy(sku);
    const isOlder = here.since !== undefined && (since === undefined || here.since < since);
    const demandPerS = this.demand.perS(sku, this.#region.kernel.nowMs);
    return unitsToGive({ units, spare }, { held, demandPerS, owed: isOlder ? here.units : 0 });
  }

  #ask(sku: string, byMs: number): Asking {
    const asking = { over: new Signal(), units: 0 };
    this.#underWay.set(sku, asking);
    this.#catalog.host.start(this.#askInTurn(sku, byMs, asking));
    return asking;
  }

  /** One region after the other, the one with most rights first, until there is enough. */
  *#askInTurn(sku: string, byMs: number, asking: Asking): Task<void> {
    const { kernel, rules, others, id: here } = this.#region;
    const asked = new Set<string>();
    while (kernel.nowMs + CALL_TIMEOUT_MS <= byMs) {
      yield 0.2;
      const state = this.#stateOf(sku);
      if (!state) break;
      const rightsOf = (region: string) => rules.unitsIn(region, state);
      const wanted = this.#wanted(sku, rightsOf(here));
      if (wanted.units === 0 && (wanted.spare === 0 || asking.units > 0)) break;
      const [from] = others
        .filter((region) => !asked.has(region) && rightsOf(region) > 0)
        .sort((a, b) => rightsOf(b) - rightsOf(a));
      if (from === undefined) break;
      asked.add(from);
      asking.units += yield* this.#askOne(sku, from, wanted);
    }
    this.#underWay.delete(sku);
    asking.over.happen();
  }

  *#askOne(sku: string, from: string, wanted: Wanted): Task<number> {
    const { network, id, rules } = this.#region;
    const giver = this.#region.peer(from, 'catalog') as Catalog;
    const answer = yield* network.request(id, giver, () => giver.give(sku, wanted), CALL_TIMEOUT_MS);
    try {
      if (answer.outcome === 'answered') {
        const given = answer.value;
        yield* this.#catalog.receive(sku, given);
        const { units } = given;
        yield* this.#catalog.writeOwn(sku, (state, stamp) => rules.onReceived?.(state, units, stamp));
        return units;
      }
      yield* this.#catalog.writeOwn(sku, (state, stamp) => rules.onUnreachable?.(state, from, stamp));
      return 0;
    } catch (failure) {
      if (!(failure instanceof DatabaseAway)) throw failure;
      return 0;
    }
  }

  #stateOf(sku: string): ProductState | undefined {
    return this.#region.database.server.up ? this.#catalog.find(sku).state : undefined;
  }

  #wanted(sku: string, held: number): Wanted {
    const { units, since } = this.#neededBy(sku);
    const left = Math.max(0, held - units);
    const spare = spareWanted(left, this.demand.perS(sku, this.#region.kernel.nowMs));
    return { to: this.#region.id, units: Math.max(0, units - held), spare, since };
  }

  /** waiting-orders.ts */
  #neededBy(sku: string): { units: number; since: string | undefined } {
    const waiting = [...(this.#waiting.get(sku) ?? [])];
    const units = waiting.reduce((sum, order) => sum + order.units, 0);
    return { units, since: waiting.map((order) => order.since).sort()[0] };
  }
}

interface Asking {
  over: Signal;
  units: number;
}
