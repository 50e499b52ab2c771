import { type Command, decide } from '@meridian/catalog/domain/decide';
import { isUnchanged, join, latestHlc, NOTHING, type ProductState } from '@meridian/catalog/domain/product';
import type { Line, Reservation, ReservedLine } from '@meridian/catalog/domain/reserve';
import { TOPICS } from '@meridian/contracts';
import type { OrderFacts } from '@meridian/order/domain/order';
import type { Task } from '../kernel/host.ts';
import type { LogRecord } from '../model/kafka.ts';
import { type Aggregate, type Answer, type Caller, type Origin, type Row, Service } from './service.ts';

export type { Line };
export interface Reserved {
  lines: ReservedLine[];
  reservedIn: string;
}

const MAX_TOTAL = 2 ** 31;

/** apps/catalog: its real decisions, reservations, releases and joins. */
export class CatalogService extends Service<ProductState> {
  readonly name = 'catalog';
  readonly topic = TOPICS.products;
  /** Its table `reservations`, by order. */
  readonly reservations = new Map<string, Reservation>();

  get aggregate(): Aggregate<ProductState> {
    return { nothing: NOTHING, join, isUnchanged, latestHlc };
  }

  protected override get consumes(): readonly string[] {
    return [TOPICS.orders];
  }

  *carryOut(sku: string, command: Command, caller: Caller): Task<Answer<ProductState>> {
    return yield* this.serve(sku, caller, (service) =>
      service.command(sku, command.type, caller, (state) => decide(command, state, service.stamp())),
    );
  }

  /** reserve-stock.ts: units of all lines, or of none. */
  *reserve(orderId: string, lines: Line[]): Task<Answer<Reserved>> {
    for (;;) {
      yield 0.2;
      const known = lines.map(({ sku }) => ({ key: sku, ...this.find(sku) }));
      const products = Object.fromEntries(known.map(({ key, state }) => [key, state]));
      const reservation = this.reservations.get(orderId);
      const { rules } = this.region;
      const decision = rules.reserve(lines, { products, reservation, maxTotal: MAX_TOTAL }, this.stamp());
      if (!decision.ok) return decision;
      const value = { lines: decision.lines, reservedIn: this.region.id };
      if (reservation) return { ok: true, value, token: {}, changed: true };
      const also = () => {
        this.reservations.set(orderId, { lines: decision.lines, released: false });
        for (const { sku, quantity: units } of decision.lines)
          this.region.observe({ kind: 'reserved', region: this.region.id, sku, units, orderId });
      };
      if (yield* this.#change(known, decision.deltas, also)) return { ok: true, value, token: {}, changed: true };
    }
  }

  /** on-order-cancelled: of a cancelled order, and of one whose reservation here is surplus. */
  *onEvent({ key: orderId, value, source, sequence }: LogRecord): Task<void> {
    const facts = value as OrderFacts;
    const origin = { source, sequence };
    if (facts.cancelled || facts.surplus?.[this.region.id]) yield* this.#release(orderId, origin);
  }

  *#release(orderId: string, origin: Origin): Task<void> {
    const { rules } = this.region;
    for (;;) {
      const reservation = this.reservations.get(orderId);
      const known = (reservation?.lines ?? []).map(({ sku }) => ({ key: sku, ...this.find(sku) }));
      const deltas = rules.release(
        reservation,
        Object.fromEntries(known.map(({ key, state }) => [key, state])),
        this.stamp(),
      );
      const also = () => {
        if (!reservation || Object.keys(deltas).length === 0) return;
        this.reservations.set(orderId, { ...reservation, released: true });
        this.region.observe({ kind: 'applied', region: this.region.id, group: 'release', ...origin });
        for (const { sku, quantity: units } of reservation.lines)
          this.region.observe({ kind: 'released', region: this.region.id, sku, units, orderId });
      };
      if (yield* this.#change(known, deltas, also, origin)) return;
    }
  }

  *#change(
    known: ({ key: string } & Row<ProductState>)[],
    deltas: Record<string, ProductState>,
    also: () => void,
    origin?: Origin,
  ): Task<boolean> {
    const changed = known.flatMap((row) => (deltas[row.key] ? [{ row, delta: deltas[row.key] as ProductState }] : []));
    const rows = changed.map(({ row, delta }) => ({
      ...row,
      state: join(row.state, delta),
      deps: this.after(row, {}),
    }));
    const events = changed.map(({ row, delta }) => this.event(row.key, 'stock-changed', delta, this.after(row, {})));
    return (yield* this.commit({ rows, events, origin, also })) !== false;
  }
}
