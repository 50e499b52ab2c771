import { MAX_AMOUNT_MINOR, type ReserveStockRequest } from '@meridian/contracts';
import type { OutboxRow } from '@meridian/outbox';
import { AggregateTurns, type AskedInTurn, RegionClock, SharedTurns } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { rightsIn, type Stamp } from '../domain/escrow.ts';
import {
  type ReservationDecision,
  type ReservationRefusal,
  type ReservedLine,
  reservationOf,
  reserve,
} from '../domain/reserve.ts';
import { joinInto, type Reserving, toStockEvents } from '../persistence/catalog-shapes.ts';
import { CatalogStore, type FoundForOrders } from '../persistence/catalog-store.ts';
import type { Change } from '../persistence/change.ts';
import { stampOf } from '../stamp-of.ts';

/** As for a command: only another process can get in between. */
const ATTEMPTS = 10;
/** Beyond that a turn takes so much longer that its first order would notice. */
const MOST_IN_A_TURN = 32;

export type HereOutcome =
  /** `left` are the rights that remain; nothing when it had been reserved before. */
  | { ok: true; lines: ReservedLine[]; left: { sku: string; held: number }[] }
  | ({ ok: false } & ReservationRefusal)
  | Forwarded;

interface Forwarded {
  ok: false;
  reason: 'Forwarded';
  to: string;
}

/** What an order's author had seen is not here yet: it is waited for outside of the turn, which is others', too. */
interface Unsettled {
  settle(): Promise<void>;
}
/** It would have been reserved, and that could not be written. */
interface Failed {
  failure: unknown;
}
type Decided = HereOutcome | Unsettled | Failed;

/**
 * The first step of a reservation, and for most the only one: this region's own rights, in one statement. Orders that wait
 * for the same products share it.
 */
@Injectable()
export class ReserveHere {
  private readonly turns: SharedTurns<ReserveStockRequest, Decided>;

  constructor(
    private readonly store: CatalogStore,
    turns: AggregateTurns,
    private readonly clock: RegionClock,
  ) {
    this.turns = new SharedTurns({ turns, most: MOST_IN_A_TURN, carryOut: (orders) => this.reserveTogether(orders) });
  }

  /** Takes the units of all lines out of this region's rights, or of none. `forwardedFrom` is the region that borrows them. */
  async reserve(order: ReserveStockRequest): Promise<HereOutcome> {
    const skus = order.lines.map(({ sku }) => sku);
    for (;;) {
      const outcome = await this.turns.ask(skus, order);
      if ('failure' in outcome) throw outcome.failure;
      if (!('settle' in outcome)) return outcome;
      await outcome.settle();
    }
  }

  /** Of the same products. Each is decided on what those before it leave, and what they take is committed at once. */
  private async reserveTogether(orders: readonly AskedInTurn<ReserveStockRequest>[]): Promise<Decided[]> {
    const ids = orders.map(({ item }) => item.orderId);
    const skus = orders[0]?.item.lines.map(({ sku }) => sku) ?? [];
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.store.findForOrders(ids, skus);
      const { outcomes, change } = this.decideAll(orders, found);
      if (!change) return outcomes;
      try {
        const transaction = await this.store.write(change);
        if (transaction !== undefined) {
          // Also by one that was refused: what it was refused for may have been written just before.
          for (const { asItself } of orders) asItself(() => this.store.noteWrite(transaction));
          return outcomes;
        }
        if (attempt === ATTEMPTS)
          throw new ProblemError('concurrent-change', { detail: 'The stock keeps changing; try again.' });
      } catch (failure) {
        return this.withoutWriting(orders, found, failure);
      }
    }
  }

  /**
   * An order that has its reservation, or that is refused whatever the others get, is told so though the write failed: that
   * it holds nothing must not be said of one that holds units.
   */
  private withoutWriting(
    orders: readonly AskedInTurn<ReserveStockRequest>[],
    found: FoundForOrders,
    failure: unknown,
  ): Decided[] {
    return orders.map((order) => {
      const { outcomes, change } = this.decideAll([order], found);
      return change ? { failure } : (outcomes[0] as Decided);
    });
  }

  private decideAll(
    orders: readonly AskedInTurn<ReserveStockRequest>[],
    found: FoundForOrders,
  ): { outcomes: Decided[]; change: Change | undefined } {
    let { products } = found;
    let change: Change | undefined;
    const taken: Reserving[] = [];
    const events: OutboxRow[] = [];
    const decide = (order: ReserveStockRequest): Decided => {
      const settle = this.store.noteSeen(products);
      if (settle) return { settle };
      const stamp = stampOf(this.clock, products);
      const decision = this.decide(order, { ...found, products, taken }, stamp);
      if (!decision.ok) return decision;
      const changed = joinInto(products, decision.deltas);
      if (changed.length === 0) return { ok: true, lines: decision.lines, left: [] };

      const written = this.store.authored(changed, toStockEvents(products, decision.deltas, stamp.hlc));
      products = written.products;
      events.push(...written.events);
      taken.push({ orderId: order.orderId, askedBy: this.askedBy(order), lines: decision.lines });
      change = { products, hlc: stamp.hlc, events, reserve: taken };
      const left = changed.map(({ sku, state }) => ({ sku, held: rightsIn(stamp.region, state) }));
      return { ok: true, lines: decision.lines, left };
    };
    const outcomes = orders.map(({ item, asItself }) => asItself(() => decide(item)));
    return { outcomes, change };
  }

  private decide(
    order: ReserveStockRequest,
    { products, taken, order: known }: FoundForOrders & { taken: readonly Reserving[] },
    stamp: Stamp,
  ): ReservationDecision | Forwarded {
    const { orderId, lines, forwardedFrom } = order;
    const { reservations, forwardedTo } = known(orderId);
    const inThisTurn = taken.filter((one) => one.orderId === orderId).map((one) => ({ ...one, released: false }));
    const reservation = reservationOf(this.askedBy(order), [...reservations, ...inThisTurn]);
    // What this region passed on of its own placing has nothing to do with what another one borrows.
    if (forwardedTo !== undefined && !reservation && forwardedFrom === undefined)
      return { ok: false, reason: 'Forwarded', to: forwardedTo };
    const states = Object.fromEntries(products.map(({ sku, state }) => [sku, state]));
    return reserve(lines, { products: states, reservation, maxTotal: MAX_AMOUNT_MINOR }, stamp);
  }

  private askedBy({ forwardedFrom }: ReserveStockRequest): string {
    return forwardedFrom ?? this.clock.region;
  }
}
