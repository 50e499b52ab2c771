import type { Command } from '@meridian/catalog/domain/decide';
import { isUnchanged, join, latestHlc, NOTHING, type ProductState } from '@meridian/catalog/domain/product-state';
import type { Ended, Line, Reservation, ReservedLine, ShortLine } from '@meridian/catalog/domain/reserve';
import { afterRemoteWrite } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import type { OrderFacts } from '@meridian/order/domain/order';
import { Signal, type Task } from '../kernel/host.ts';
import type { LogRecord } from '../model/kafka.ts';
import { DatabaseAway } from '../model/postgres.ts';
import { Escrow, type Given, type Wanted } from './escrow.ts';
import { type Aggregate, type Answer, type Caller, type Origin, type Row, Service, type Stamp } from './service.ts';
import type { Surroundings } from './surroundings.ts';

export type { Line };
export interface Reserved {
  lines: ReservedLine[];
  reservedIn: string;
}

type Products = ({ key: string } & Row<ProductState>)[];

const MAX_TOTAL = 2 ** 31;
/** How long an order waits for other regions. */
const BUDGET_MS = 2_400;
const ROUNDS = 3;
const CALL_TIMEOUT_MS = 800;
const REFUSED_ELSEWHERE = { ok: false as const, reason: 'CatalogUnknown' };

/**
 * apps/catalog: its real decisions, reservations, releases and joins. Modelled are the steps around them: reserve-stock,
 * transfer-rights, on-reservation-ended.
 */
export class CatalogService extends Service<ProductState> {
  readonly name = 'catalog';
  readonly topic = TOPICS.products;
  /** Its table `reservations`, by order and what the rules key them by: the region that asked. */
  readonly reservations = new Map<string, Map<string, Reservation>>();
  /** And by order the region that it was passed on to. */
  readonly forwardedTo = new Map<string, string>();
  #inTurn = new Map<string, Signal>();
  #escrow: Escrow;

  constructor(region: Surroundings) {
    super(region);
    this.#escrow = new Escrow(this);
  }

  get aggregate(): Aggregate<ProductState> {
    return { nothing: NOTHING, join, isUnchanged, latestHlc };
  }

  protected override get consumes(): readonly string[] {
    return [TOPICS.orders];
  }

  override start(): void {
    this.#escrow = new Escrow(this);
    this.#inTurn = new Map();
    super.start();
  }

  *carryOut(sku: string, command: Command, caller: Caller): Task<Answer<ProductState>> {
    return yield* this.serve(sku, caller, (service) => service.#carryOut(sku, command, caller));
  }

  *#carryOut(sku: string, command: Command, caller: Caller): Task<Answer<ProductState>> {
    const { id, rules, observe } = this.region;
    const also = () => {
      if (command.type === 'CreateProduct') observe({ kind: 'created', sku, units: command.stock });
      if (command.type === 'Restock') observe({ kind: 'restocked', region: id, sku, units: command.units });
    };
    const decide = (state: ProductState, stamp: Stamp) => rules.decideProduct(command, state, stamp);
    return yield* this.command(sku, command.type, caller, decide, { also });
  }

  /** reserve-stock: units of all lines, or of none; from here, with what others hand over, or from another region. */
  *reserve(orderId: string, lines: Line[]): Task<Answer<Reserved>> {
    // One at a time for one order: of two, one could reserve here and the other one forward.
    for (let other = this.#inTurn.get(orderId); other; other = this.#inTurn.get(orderId)) yield other;
    const over = new Signal();
    this.#inTurn.set(orderId, over);
    try {
      return yield* this.#forOrder(orderId, lines);
    } finally {
      this.#inTurn.delete(orderId);
      over.happen();
    }
  }

  *#forOrder(orderId: string, lines: Line[]): Task<Answer<Reserved>> {
    const { kernel } = this.region;
    const byMs = kernel.nowMs + BUDGET_MS;
    for (const { sku, quantity } of lines) this.#escrow.demand.note(sku, quantity, kernel.nowMs);
    let tried = yield* this.#reserveHere(orderId, lines);
    for (let round = 0; round < ROUNDS && 'short' in tried; round += 1) {
      const since = this.clock.now();
      let acquired = 0;
      for (const { sku, quantity } of tried.short)
        acquired += yield* this.#escrow.forOrder(sku, { units: quantity, since, byMs });
      tried = yield* this.#reserveHere(orderId, lines);
      if (acquired === 0) break;
    }
    if ('forwardedTo' in tried) return (yield* this.#askAgain(orderId, lines, tried.forwardedTo)) ?? REFUSED_ELSEWHERE;
    return 'short' in tried ? yield* this.#reserveElsewhere(orderId, lines, byMs) : tried;
  }

  /** reserve-elsewhere: which region is asked is written down before the call, as its answer can be lost. */
  *#reserveElsewhere(orderId: string, lines: Line[], byMs: number): Task<Answer<Reserved>> {
    const { others, rules, kernel } = this.region;
    const spare = (id: string) =>
      Math.min(...lines.map(({ sku, quantity }) => rules.unitsIn(id, this.find(sku).state) - quantity));
    const candidates = others.filter((id) => spare(id) >= 0).sort((a, b) => spare(b) - spare(a));
    for (const id of candidates) {
      if (kernel.nowMs + CALL_TIMEOUT_MS > byMs) break;
      yield* this.#noteForwarded(orderId, id);
      const reserved = yield* this.#askAgain(orderId, lines, id);
      if (reserved?.ok) this.region.observe({ kind: 'met', situation: 'an order was reserved in another region' });
      if (reserved) return reserved;
    }
    return { ok: false, reason: 'InsufficientStock' };
  }

  /** Undefined when that region holds nothing for it. */
  *#askAgain(orderId: string, lines: Line[], id: string): Task<Answer<Reserved> | undefined> {
    const peer = this.region.peer(id, 'catalog') as CatalogService;
    const ask = () => peer.reserveForAnother(orderId, lines, this.region.id);
    const { outcome, value } = yield* this.region.network.request(this.region.id, peer, ask, CALL_TIMEOUT_MS);
    if (outcome !== 'answered') return { ok: false, reason: 'CatalogUnknown' };
    if (value.ok || value.reason === 'Released' || value.reason === 'KeyReused') return value;
    yield* this.#noteForwarded(orderId, undefined);
    return undefined;
  }

  *#noteForwarded(orderId: string, id: string | undefined): Task<void> {
    yield* this.region.database.transaction({
      rows: [`forwarded ${orderId}`],
      holds: () => true,
      write: () => (id === undefined ? this.forwardedTo.delete(orderId) : this.forwardedTo.set(orderId, id)),
    });
  }

  /** Not passed on again: two regions that are both short would send an order to and fro. */
  *reserveForAnother(orderId: string, lines: Line[], askedBy: string): Task<Answer<Reserved>> {
    const tried = yield* this.#reserveHere(orderId, lines, askedBy);
    if ('short' in tried) return { ok: false, reason: 'InsufficientStock' };
    return 'forwardedTo' in tried ? { ok: false, reason: 'ConcurrentChange' } : tried;
  }

  *#reserveHere(
    orderId: string,
    lines: Line[],
    askedBy = this.region.id,
  ): Task<Answer<Reserved> | { short: ShortLine[] } | { forwardedTo: string }> {
    const { rules, id } = this.region;
    const key = rules.reservationKey(askedBy);
    for (;;) {
      yield 0.2;
      const known = lines.map(({ sku }) => ({ key: sku, ...this.find(sku) }));
      const products = Object.fromEntries(known.map(({ key, state }) => [key, state]));
      const reservation = this.reservations.get(orderId)?.get(key);
      const forwardedTo = askedBy === id ? this.forwardedTo.get(orderId) : undefined;
      if (forwardedTo !== undefined && !reservation) return { forwardedTo };
      const stamp = this.stamp(known);
      const decision = rules.reserve(lines, { products, reservation, maxTotal: MAX_TOTAL }, stamp);
      if (!decision.ok && decision.reason === 'InsufficientStock') return { short: decision.short };
      if (!decision.ok) return decision;
      const value = { lines: decision.lines, reservedIn: id };
      const answer: Answer<Reserved> = { ok: true, value, token: {}, changed: true };
      if (reservation) return answer;
      const also = () => {
        this.#note(orderId, { askedBy: key, lines: decision.lines, released: false });
        for (const { sku, quantity: units } of decision.lines)
          this.region.observe({ kind: 'reserved', region: id, sku, units, orderId, askedBy: key });
      };
      if ((yield* this.#change(known, decision.deltas, stamp, also)) === false) continue;
      for (const { sku } of lines) this.#escrow.inAdvance(sku);
      return answer;
    }
  }

  /** transfer-rights: hands rights over, and tells all that is known of the stock here, once that is committed. */
  *give(sku: string, wanted: Wanted): Task<Given> {
    const { rules, id: here } = this.region;
    for (;;) {
      yield 0.2;
      const known = { key: sku, ...this.find(sku) };
      const units = this.#escrow.unitsToGive(sku, rules.unitsIn(here, known.state), wanted);
      const stamp = this.stamp([known]);
      const delta = units > 0 ? rules.handOver(known.state, wanted.to, units, stamp) : undefined;
      if (!delta) return { units: 0, known: stockOf(known.state), deps: known.deps };
      const given = { units, known: stockOf(join(known.state, delta)), deps: this.after(known, {}) };
      const change = this.#change([known], { [sku]: delta }, stamp);
      if (rules.giveBeforeCommit) {
        this.host.start(this.#later(change));
        return given;
      }
      const transaction = yield* change;
      if (transaction === false) continue;
      this.region.observe({ kind: 'met', situation: 'rights were transferred' });
      const writes = { ...given.deps.writes, [here]: String(transaction) };
      return { ...given, deps: { ...given.deps, writes } };
    }
  }

  /** For a mutant, which does not ask what became of it. */
  *#later(work: Task<unknown>): Task<void> {
    yield 20;
    try {
      yield* work;
    } catch (failure) {
      if (!(failure instanceof DatabaseAway)) throw failure;
    }
  }

  /**
   * acquire-rights: what came with an answer is joined as if it had come by Kafka, unless its clock is too far ahead. Whoever
   * reads the row then has seen the writes that are in it.
   */
  *receive(sku: string, { known: told, deps: { writes, after } }: Given): Task<void> {
    const latest = latestHlc(told);
    if (latest !== undefined && !this.clock.receive(latest).ok) return;
    const { transferTellsItsToken } = this.region.rules;
    for (;;) {
      const known = this.find(sku);
      const state = join(known.state, told);
      if (isUnchanged(known.state, state)) return;
      const seen = transferTellsItsToken ? Object.entries(writes) : [];
      const deps = seen.reduce(
        (joined, [region, transaction]) => afterRemoteWrite(joined, { region, transaction, after }),
        known.deps,
      );
      const row = { ...known, key: sku, state, deps, hlc: latest ?? known.hlc };
      if ((yield* this.commit({ rows: [row], events: [] })) !== false) return;
    }
  }

  /** For mutants. */
  *writeOwn(sku: string, change: (state: ProductState, stamp: Stamp) => ProductState | undefined): Task<void> {
    const known = { key: sku, ...this.find(sku) };
    const stamp = this.stamp([known]);
    const delta = change(known.state, stamp);
    if (delta) yield* this.#change([known], { [sku]: delta }, stamp);
  }

  #note(orderId: string, reservation: Reservation): void {
    const of = this.reservations.get(orderId) ?? new Map();
    this.reservations.set(orderId, of.set(reservation.askedBy, reservation));
  }

  /** on-reservation-ended: of a cancelled order, and of one of whose reservations here some are surplus. */
  *onEvent({ key: orderId, value, source, sequence }: LogRecord): Task<void> {
    const { cancelled, surplus = {} } = value as OrderFacts;
    const origin = { source, sequence };
    if (this.region.rules.dedupesSideEffects && this.hasApplied(origin)) return;
    const ended = { cancelled: cancelled !== undefined, surplus: Object.values(surplus) };
    if (cancelled || ended.surplus.length > 0) yield* this.#release(orderId, ended, origin);
  }

  *#release(orderId: string, ended: Ended, origin: Origin): Task<void> {
    const { rules, id, observe } = this.region;
    for (;;) {
      const held = [...(this.reservations.get(orderId)?.values() ?? [])];
      const ending = rules.reservationsToRelease(held, ended, id);
      const skus = [...new Set(ending.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
      const known = skus.map((sku) => ({ key: sku, ...this.find(sku) }));
      const products = Object.fromEntries(known.map(({ key, state }) => [key, state]));
      const stamp = this.stamp(known);
      const deltas = rules.release(ending, products, stamp);
      const also = () => {
        if (Object.keys(deltas).length === 0) return;
        observe({ kind: 'applied', region: id, group: 'release', ...origin });
        for (const reservation of ending) {
          this.#note(orderId, { ...reservation, released: true });
          for (const { sku, quantity: units } of reservation.lines)
            observe({ kind: 'released', region: id, sku, units, orderId, askedBy: reservation.askedBy });
        }
      };
      if ((yield* this.#change(known, deltas, stamp, also, origin)) !== false) return;
    }
  }

  *#change(
    known: Products,
    deltas: Record<string, ProductState>,
    { hlc }: Stamp,
    also?: () => void,
    origin?: Origin,
  ): Task<number | false> {
    const changed = known.flatMap((row) => {
      const delta = deltas[row.key];
      return delta ? [{ row, delta, deps: this.after(row, {}) }] : [];
    });
    const rows = changed.map(({ row, delta, deps }) => ({ ...row, state: join(row.state, delta), deps, hlc }));
    const events = changed.map(({ row, delta, deps }) => this.event(row.key, 'stock-changed', delta, hlc, deps));
    const stamps = changed.map(({ row }) => this.noteStamp(row.key, row, hlc));
    const alsoAll = () => {
      for (const note of stamps.slice(0, 1)) note();
      also?.();
    };
    return yield* this.commit({ rows, events, origin, also: alsoAll });
  }
}

/** All regions' shares and rights, and nothing else of the product. */
function stockOf({ stock, rights }: ProductState): ProductState {
  return { ...NOTHING, stock, ...(rights && { rights }) };
}
