import {
  type Problem,
  type ProblemName,
  problemAmong,
  type ReserveStockRequest,
  reserveStockResponse,
} from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import { rightsIn } from '../domain/escrow.ts';
import type { ReservedLine } from '../domain/reserve.ts';
import { CALL_TIMEOUT_MS, OtherCatalogs } from '../escrow/other-catalogs.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

type Order = Pick<ReserveStockRequest, 'orderId' | 'lines'>;
export interface Elsewhere {
  lines: ReservedLine[];
  reservedIn: string;
}

/** Refusals after which nothing is reserved there. (The first version does not take a forwarded reservation at all.) */
const NOTHING_RESERVED: ProblemName[] = ['insufficient-stock', 'concurrent-change', 'unknown-sku', 'invalid-request'];
/** Of a fence, which refuses before it looks at what is reserved: they say that this asking took nothing, and of an earlier one nothing. */
const TOOK_NOTHING: ProblemName[] = ['stale-epoch', 'region-not-serving', 'region-not-writable'];
/** Refusals that are about a reservation which stands, or stood, there: they are the answer. */
const RESERVED_ONCE: ProblemName[] = ['idempotency-key-reused', 'order-state-conflict'];

/**
 * The third step of a reservation: another region serves the whole order. Which one is asked is written down before the
 * call, as an answer can be lost: an order that asks again is sent there again, and nowhere else, until that region has
 * said that it holds nothing. So no order is reserved in two regions by one placing.
 */
@Injectable()
export class ReserveElsewhere {
  constructor(
    private readonly others: OtherCatalogs,
    private readonly store: CatalogStore,
    private readonly config: CatalogConfig,
  ) {}

  /** Undefined when no region that can be reached within `byMs` serves it. Throws a ProblemError when that is not known. */
  async reserve(order: Order, byMs: number): Promise<Elsewhere | undefined> {
    for (const region of await this.candidates(order)) {
      if (performance.now() + CALL_TIMEOUT_MS > byMs) return undefined;
      await this.store.noteForwarded(order.orderId, region);
      const reserved = await this.ask(order, region, 'for the first time');
      if (reserved) return reserved;
    }
    return undefined;
  }

  /** At the region that the order was forwarded to. Undefined when it holds nothing for it. */
  askAgain(order: Order, region: string): Promise<Elsewhere | undefined> {
    return this.ask(order, region, 'again');
  }

  private async ask(
    { orderId, lines }: Order,
    region: string,
    asked: 'for the first time' | 'again',
  ): Promise<Elsewhere | undefined> {
    const answer = await this.others.call(region, {
      method: 'POST',
      path: '/reservations',
      body: { orderId, lines, forwardedFrom: this.config.region } satisfies ReserveStockRequest,
      repeatable: true,
      responseSchema: reserveStockResponse,
    });
    if (answer.ok) return { lines: answer.body.lines, reservedIn: answer.body.reservedIn ?? region };
    const askedOnce = asked === 'for the first time' && !answer.sentTwice;
    const emptyHanded = askedOnce ? [...NOTHING_RESERVED, ...TOOK_NOTHING] : NOTHING_RESERVED;
    if (!problemAmong(emptyHanded, answer.problem)) throw refusal(answer.problem, region);
    await this.store.forgetForwarded(orderId);
    return undefined;
  }

  /** Regions that hold enough for every line, as is known here; those with most come first. */
  private async candidates({ orderId, lines }: Order): Promise<string[]> {
    const { products } = await this.store.findWithReservations(
      orderId,
      lines.map(({ sku }) => sku),
    );
    const spare = (region: string) =>
      Math.min(
        ...lines.map(({ quantity }, i) => rightsIn(region, products[i]?.state ?? { fields: {}, stock: {} }) - quantity),
      );
    return this.others.regions
      .filter((region) => !this.others.isAway(region) && spare(region) >= 0)
      .sort((a, b) => spare(b) - spare(a));
  }
}

function refusal(problem: Problem, region: string): ProblemError {
  const known = problemAmong(RESERVED_ONCE, problem);
  if (known) return new ProblemError(known, { detail: problem.detail });
  return new ProblemError('upstream-timeout', {
    detail: `It is not known whether ${region} has reserved the units of this order; ask again with the same key.`,
  });
}
