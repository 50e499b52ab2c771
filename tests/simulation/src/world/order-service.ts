import { joinTokens, tokenOfRow } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { type Command, mayPay } from '@meridian/order/domain/decide';
import { isUnchanged, latestHlc, type Order, type OrderFacts, orderOf, refundsDue } from '@meridian/order/domain/order';
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

export interface PlaceOrder {
  id: string;
  customerId: string;
  lines: Line[];
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
 * reserve and commit (place-order.ts), attempt, charge and note (pay-order.ts), and the settlement that ends what was
 * broken off (settlement.ts).
 */
export class OrderService extends Service<OrderFacts> {
  readonly name = 'order';
  readonly topic = TOPICS.orders;
  /** Its table `payment_attempts`: one per order. */
  readonly attempts = new Map<string, Attempt>();
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

  *#place({ id, customerId, lines }: PlaceOrder, caller: Caller): Task<Answer<OrderFacts>> {
    if (this.#placing.has(id)) return { ok: false, reason: 'InProgress' };
    this.#placing.add(id);
    const { region } = this;
    const requestHash = JSON.stringify(lines);
    let reserved: Reserved | undefined;
    const service = this;
    try {
      const decidePlacing = (state: OrderFacts, stamp: Stamp) => {
        const command = { type: 'PlaceOrder' as const, customerId, requestHash, lines: [], ...reserved };
        return this.#decided(command, orderOf(state), stamp);
      };
      const prepare = function* (state: OrderFacts) {
        if (orderOf(state).status !== 'unknown' || reserved) return undefined;
        const reserve = () => service.#catalog.reserve(id, lines);
        const asked = yield* region.network.request(region.id, service.#catalog, reserve, CATALOG_TIMEOUT_MS);
        if (asked.outcome !== 'answered') return { refused: 'CatalogUnknown' };
        if (!asked.value.ok) return { refused: asked.value.reason };
        reserved = asked.value.value;
        return undefined;
      };
      return yield* this.command(id, 'placed', caller, decidePlacing, { prepare });
    } finally {
      this.#placing.delete(id);
    }
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
      const allowed = mayPay(orderOf(state), reference);
      if (!allowed.ok) return allowed;
      if (!allowed.amount)
        return { ok: true, value: state, token: joinTokens(caller.token, tokenOfRow(this.name, deps)), changed: false };
      const key = `${this.region.id} ${reference} ${orderId}`;
      const { amountMinor } = allowed.amount;
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
    return yield* this.command(id, type, caller, (state, stamp) => this.#decided(command, orderOf(state), stamp));
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
      const isOpen = this.attempts.size > 0 || this.#refundsDue().length > 0;
      yield* within(kernel, rung, LOOK_EVERY_MS, { background: !isOpen });
    }
  }

  *#look(): Task<void> {
    const caller = { session: undefined, token: {} };
    const old = this.region.kernel.nowMs - SETTLE_AFTER_MS;
    for (const attempt of [...this.attempts.values()])
      if (attempt.startedMs < old) yield* this.#settleAttempt(attempt, caller);
    for (const [id, chargeId] of this.#refundsDue()) {
      if (!(yield* this.region.provider.refund({ key: `refund ${chargeId}`, chargeId }))) continue;
      yield* this.#tell(id, 'refunded', caller, { type: 'NoteRefund', chargeId });
    }
  }

  #refundsDue(): [id: string, chargeId: string][] {
    return [...this.rows].flatMap(([id, { state }]) =>
      refundsDue(state, this.region.id).map(([chargeId]): [string, string] => [id, chargeId]),
    );
  }
}
