import { joinTokens, tokenOfRow } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { type Command, mayPay } from '@meridian/order/domain/decide';
import { isUnchanged, latestHlc, type Order, type OrderFacts } from '@meridian/order/domain/order';
import { Bell, type Task, within } from '../kernel/host.ts';
import type { Charge } from '../model/payment-provider.ts';
import { DatabaseAway } from '../model/postgres.ts';
import type { CatalogService, Line, Reserved } from './catalog-service.ts';
import { type Aggregate, type Answer, type Caller, type Decided, Service, type Stamp } from './service.ts';
import type { Surroundings } from './surroundings.ts';

/** apps/order/src/place-order/catalog-client.ts */
const CATALOG_TIMEOUT_MS = 3_000;
/** apps/order/src/settle/settlement.ts, and its configuration. */
const LOOK_EVERY_MS = 1_000;
const SETTLE_AFTER_MS = 2_000;

const NOBODY: Caller = { session: undefined, token: {} };
/** apps/order/src/place-order/catalog-client.ts: after these no units are held. */
const HOLDS_NOTHING = new Set(['UnknownSku', 'InsufficientStock', 'KeyReused', 'Released', 'ConcurrentChange']);

export interface PlaceOrder {
  id: string;
  customerId: string;
  lines: Line[];
}

/** Its table `placing_attempts`, as the next one. */
interface PlacingAttempt extends PlaceOrder {
  requestHash: string;
  startedMs: number;
}

interface Attempt {
  orderId: string;
  key: string;
  reference: string;
  amountMinor: number;
  startedMs: number;
}

/**
 * apps/order: its real decisions, merges and joins. Modelled are the steps between them, which can each be the last one:
 * attempt, reserve and commit (place-order.ts), attempt, charge and note (pay-order.ts), and the settlement that ends what
 * was broken off (settlement.ts).
 */
export class OrderService extends Service<OrderFacts> {
  readonly name = 'order';
  readonly topic = TOPICS.orders;
  /** Its table `payment_attempts`: one per order. */
  readonly attempts = new Map<string, Attempt>();
  readonly placings = new Map<string, PlacingAttempt>();
  readonly #catalog: CatalogService;
  #placing = new Set<string>();
  readonly #due = new Bell();

  constructor(region: Surroundings, catalog: CatalogService) {
    super(region);
    this.#catalog = catalog;
  }

  get aggregate(): Aggregate<OrderFacts> {
    return { nothing: {}, join: this.region.rules.joinOrders, isUnchanged, latestHlc };
  }

  override start(): void {
    this.#placing = new Set();
    super.start();
    this.host.start(this.#settle());
  }

  *onEvent(): Task<void> {}

  protected override merged(known: OrderFacts, told: OrderFacts, stamp: Stamp) {
    const { facts: state, noted } = this.region.rules.mergeOrders(known, told, stamp);
    if (noted) this.region.observe({ kind: 'met', situation: 'a placing was surplus' });
    return { state, noted };
  }

  protected override onWritten(): void {
    this.#due.ring();
  }

  /** place-order.ts */
  *place(order: PlaceOrder, caller: Caller): Task<Answer<OrderFacts>> {
    return yield* this.serve(order.id, caller, (service) => service.#place(order, caller));
  }

  *#place(order: PlaceOrder, caller: Caller): Task<Answer<OrderFacts>> {
    if (this.#placing.has(order.id)) return { ok: false, reason: 'InProgress' };
    return yield* this.#alone(order.id, this.#placeAlone(order, caller));
  }

  *#alone<T>(id: string, work: Task<T>): Task<T> {
    this.#placing.add(id);
    try {
      return yield* work;
    } finally {
      this.#placing.delete(id);
    }
  }

  *#placeAlone(order: PlaceOrder, caller: Caller): Task<Answer<OrderFacts>> {
    const { nowMs } = this.region.kernel;
    const wanted = { ...order, requestHash: JSON.stringify(order.lines), startedMs: nowMs };
    const open = yield* this.#openPlacing(wanted);
    if (!open) return yield* this.#tellPlacing(wanted, caller);
    // Of what the first request under this key reserved nobody else would know.
    if (open.requestHash !== wanted.requestHash) yield* this.#settlePlacing(open);
    return yield* this.#settlePlacing(wanted, caller);
  }

  /** place-order.ts, the steps that are left of an attempt, whoever began it. */
  *#settlePlacing(attempt: PlacingAttempt, caller: Caller = NOBODY): Task<Answer<OrderFacts>> {
    const { region } = this;
    const reserve = () => this.#catalog.reserve(attempt.id, attempt.lines);
    const { outcome, value } = yield* region.network.request(region.id, this.#catalog, reserve, CATALOG_TIMEOUT_MS);
    if (outcome !== 'answered' || (!value.ok && !HOLDS_NOTHING.has(value.reason)))
      return { ok: false, reason: 'CatalogUnknown' };
    if (value.ok) return yield* this.#tellPlacing(attempt, caller, value.value);
    yield* this.#closePlacing(attempt);
    return value;
  }

  *#completePlacing(attempt: PlacingAttempt): Task<void> {
    const { ok } = yield* this.#settlePlacing(attempt);
    if (ok) this.region.observe({ kind: 'met', situation: 'a placing that broke off was completed' });
  }

  *#tellPlacing(attempt: PlacingAttempt, caller: Caller, reserved?: Reserved): Task<Answer<OrderFacts>> {
    const { id, customerId, requestHash } = attempt;
    let isTold = false;
    const decide = (state: OrderFacts, stamp: Stamp): Decided<OrderFacts> => {
      if (this.region.rules.orderOf(state).status === 'unknown' && !reserved)
        return { ok: false, reason: 'ConcurrentChange' };
      return this.#decided(
        { type: 'PlaceOrder', customerId, requestHash, lines: [], ...reserved },
        this.region.rules.orderOf(state),
        stamp,
      );
    };
    const also = () => {
      isTold = true;
      this.#endPlacing(attempt);
    };
    const told = yield* this.command(id, 'placed', caller, decide, { also });
    if (reserved && !isTold && (told.ok || told.reason !== 'ConcurrentChange')) yield* this.#closePlacing(attempt);
    return told;
  }

  /** placing-attempts.ts: one statement; undefined when the order is known and no attempt is open. */
  *#openPlacing(attempt: PlacingAttempt): Task<PlacingAttempt | undefined> {
    const { id } = attempt;
    if (!this.region.rules.notesPlacing)
      return this.region.rules.orderOf(this.find(id).state).status === 'unknown' ? attempt : undefined;
    yield* this.region.database.transaction({
      rows: [`placing ${id}`],
      holds: () => !this.placings.has(id) && this.region.rules.orderOf(this.find(id).state).status === 'unknown',
      write: () => {
        this.placings.set(id, attempt);
        this.#due.ring();
      },
    });
    return this.placings.get(id);
  }

  *#closePlacing(attempt: PlacingAttempt): Task<void> {
    yield* this.region.database.transaction({
      rows: [`placing ${attempt.id}`],
      holds: () => this.placings.has(attempt.id),
      write: () => this.#endPlacing(attempt),
    });
  }

  #endPlacing({ id, requestHash }: PlacingAttempt): void {
    if (this.placings.get(id)?.requestHash === requestHash) this.placings.delete(id);
  }

  *cancel(id: string, caller: Caller): Task<Answer<OrderFacts>> {
    const command = { type: 'CancelOrder' as const, reason: 'changed my mind' };
    return yield* this.serve(id, caller, (service) => service.#tell(id, 'cancelled', caller, command));
  }

  /** pay-order.ts */
  *pay(id: string, reference: string, caller: Caller): Task<Answer<OrderFacts>> {
    return yield* this.serve(id, caller, (service) => service.#pay(id, reference, caller));
  }

  *#pay(orderId: string, reference: string, caller: Caller): Task<Answer<OrderFacts>> {
    for (let tries = 0; tries < 4; tries += 1) {
      const { state, deps } = this.find(orderId);
      const allowed = mayPay(this.region.rules.orderOf(state), reference);
      if (!allowed.ok) return allowed;
      if (!allowed.amount)
        return { ok: true, value: state, token: joinTokens(caller.token, tokenOfRow(this.name, deps)), changed: false };
      const { amountMinor } = allowed.amount;
      const made = Object.values(state.charges ?? {}).filter(({ region }) => region === this.region.id).length;
      const key = `${this.region.id} ${reference} ${amountMinor} ${made} ${orderId}`;
      const open = yield* this.#open({
        orderId,
        key,
        reference,
        amountMinor,
        startedMs: this.region.kernel.nowMs,
      });
      const settled = yield* this.#settleAttempt(open, caller);
      if (open.key === key || !settled) return settled ?? { ok: false, reason: 'PaymentUnknown' };
    }
    return { ok: false, reason: 'ConcurrentChange' };
  }

  /** payment-attempts.ts: one statement; finds the one that is open for the order. */
  *#open(attempt: Attempt): Task<Attempt> {
    const { orderId } = attempt;
    yield* this.region.database.transaction({
      rows: [`attempt ${orderId}`],
      holds: () => !this.attempts.has(orderId),
      write: () => {
        this.attempts.set(orderId, attempt);
        this.#due.ring();
      },
    });
    return this.attempts.get(orderId) ?? attempt;
  }

  /** The steps that are left of an attempt, whoever began it. Undefined when its outcome is not known. */
  *#settleAttempt({ startedMs, ...attempt }: Attempt, caller: Caller): Task<Answer<OrderFacts> | undefined> {
    const asked = yield* this.region.provider.charge(attempt);
    if (asked.outcome === 'unknown') return undefined;
    const noted =
      asked.outcome === 'charged'
        ? yield* this.#note(asked.charge, caller)
        : { ok: false as const, reason: 'Declined' };
    const { orderId, key } = attempt;
    yield* this.region.database.transaction({
      rows: [`attempt ${orderId}`],
      holds: () => this.attempts.get(orderId)?.key === key,
      write: () => this.attempts.delete(orderId),
    });
    return noted;
  }

  *#note({ id, orderId, amountMinor, reference }: Charge, caller: Caller): Task<Answer<OrderFacts>> {
    const charge = { id, reference, amount: { amountMinor, currency: 'EUR' as const } };
    return yield* this.#tell(orderId, 'paid', caller, { type: 'PayOrder', charge });
  }

  *#tell(id: string, type: string, caller: Caller, command: Command): Task<Answer<OrderFacts>> {
    return yield* this.command(id, type, caller, (state, stamp) =>
      this.#decided(command, this.region.rules.orderOf(state), stamp),
    );
  }

  #decided(command: Command, order: Order, stamp: Stamp): Decided<OrderFacts> {
    const { facts: delta, ...decision } = this.region.rules.decideOrder(command, order, stamp);
    return { ...decision, delta };
  }

  /** settlement.ts: what is open about money is read off the rows, now and then and when something rings. */
  *#settle(): Task<void> {
    const { kernel } = this.region;
    for (;;) {
      const rung = this.#due.rung;
      try {
        if (this.isReady) yield* this.#look();
      } catch (failure) {
        if (!(failure instanceof DatabaseAway)) throw failure;
      }
      const isOpen = this.placings.size + this.attempts.size > 0 || this.#refundsDue().length > 0;
      yield* within(kernel, rung, LOOK_EVERY_MS, { background: !isOpen });
    }
  }

  *#look(): Task<void> {
    const caller = NOBODY;
    const old = this.region.kernel.nowMs - SETTLE_AFTER_MS;
    for (const attempt of [...this.placings.values()])
      if (attempt.startedMs < old && !this.#placing.has(attempt.id))
        yield* this.#alone(attempt.id, this.#completePlacing(attempt));
    for (const attempt of [...this.attempts.values()])
      if (attempt.startedMs < old) yield* this.#settleAttempt(attempt, caller);
    for (const [id, chargeId] of this.#refundsDue()) {
      const isVoided = yield* this.#void(id, chargeId);
      if (!isVoided) continue;
      if (!(yield* this.region.provider.refund({ key: `refund ${chargeId}`, chargeId }))) continue;
      yield* this.#tell(id, 'refunded', caller, { type: 'NoteRefund', chargeId });
    }
  }

  *#void(id: string, chargeId: string): Task<boolean> {
    // A mutant can have lost it meanwhile.
    if (!this.find(id).state.charges?.[chargeId]) return false;
    const { ok } = yield* this.#tell(id, 'voided', NOBODY, { type: 'VoidCharge', chargeId });
    if (this.find(id).state.voided?.[chargeId]?.reason === 'another-total')
      this.region.observe({ kind: 'met', situation: 'a charge was not of the total that holds' });
    return ok;
  }

  #refundsDue(): [id: string, chargeId: string][] {
    return [...this.rows].flatMap(([id, { state }]) =>
      this.region.rules.refundsDue(state, this.region.id).map(([chargeId]): [string, string] => [id, chargeId]),
    );
  }
}
