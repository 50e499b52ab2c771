import type { ProblemName, ReserveStockRequest } from '@meridian/contracts';
import type { Hlc } from '@meridian/hlc';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { Demand } from '../domain/demand.ts';
import type { ReservationRefusal, ReservedLine, ShortLine } from '../domain/reserve.ts';
import { type Acquired, AcquireRights } from '../escrow/acquire-rights.ts';
import { InsufficientStock } from './insufficient-stock.ts';
import { nameStockPath } from './name-stock-path.ts';
import { ReserveElsewhere } from './reserve-elsewhere.ts';
import { type HereOutcome, ReserveHere } from './reserve-here.ts';

/**
 * What all calls to other regions may take together for one order. The order service waits 3 s for its catalog; the rest
 * is for the statements on either side of the calls, on a machine that is busy.
 */
const BUDGET_MS = 2_400;
/** How often an order tries anew after it got rights, as others may have taken them first. */
const ROUNDS = 3;

export interface Reserved {
  lines: ReservedLine[];
  reservedIn: string;
}

/**
 * Reserves the units of an order, all or none. This region's own rights are enough for most orders, and then nothing
 * leaves the region. An order that is short gets rights from other regions; if they cannot be brought together here,
 * another region serves it; else it is refused with what is known of the stock.
 */
@Injectable()
export class ReserveStock {
  constructor(
    private readonly here: ReserveHere,
    private readonly elsewhere: ReserveElsewhere,
    private readonly acquire: AcquireRights,
    private readonly insufficientStock: InsufficientStock,
    private readonly turns: AggregateTurns,
    private readonly demand: Demand,
    private readonly clock: RegionClock,
  ) {}

  /** Throws a ProblemError for a refusal. Asked again for the same order, it answers the same and takes nothing more. */
  async reserve(request: ReserveStockRequest): Promise<Reserved> {
    if (request.forwardedFrom !== undefined) return this.forAnother(request);
    const byMs = performance.now() + BUDGET_MS;
    // One at a time for one order: of two, one could reserve here and the other one forward.
    return this.turns.inTurn([request.orderId], () => this.forOrder(request, byMs));
  }

  /** Not passed on again: two regions that are both short would send an order to and fro. */
  private async forAnother(request: ReserveStockRequest): Promise<Reserved> {
    const outcome = await this.here.reserve(request);
    if (outcome.ok) return this.reservedHere(outcome, { path: 'local', from: [] });
    if (outcome.reason === 'InsufficientStock') throw await this.insufficientStock.refusal(request, outcome.short);
    throw refusal(outcome);
  }

  private async forOrder(order: ReserveStockRequest, byMs: number): Promise<Reserved> {
    for (const { sku, quantity } of order.lines) this.demand.note(sku, quantity, this.clock.wallClockMs());
    const since = this.clock.stamp().hlc;
    const from = new Set<string>();
    let outcome = await this.here.reserve(order);
    for (let round = 0; round < ROUNDS && !outcome.ok && outcome.reason === 'InsufficientStock'; round += 1) {
      const got = await this.getRights(outcome.short, since, byMs);
      for (const region of got.from) from.add(region);
      outcome = await this.here.reserve(order);
      if (got.units === 0) break;
    }
    if (outcome.ok) return this.reservedHere(outcome, { path: from.size > 0 ? 'transfer' : 'local', from: [...from] });
    if (outcome.reason !== 'InsufficientStock' && outcome.reason !== 'Forwarded') throw refusal(outcome);

    const reserved =
      outcome.reason === 'Forwarded'
        ? await this.elsewhere.askAgain(order, outcome.to)
        : await this.elsewhere.reserve(order, byMs);
    if (reserved) {
      nameStockPath('forwarded', reserved.lines, [reserved.reservedIn]);
      return reserved;
    }
    // It had been forwarded, and nothing came of it: as if it were new.
    if (outcome.reason === 'Forwarded') return this.forOrder(order, byMs);
    nameStockPath('refused', order.lines, []);
    throw await this.insufficientStock.refusal(order, outcome.short);
  }

  private reservedHere(
    { lines, left }: Extract<HereOutcome, { ok: true }>,
    { path, from }: { path: 'local' | 'transfer'; from: string[] },
  ): Reserved {
    nameStockPath(path, lines, from);
    for (const { sku, held } of left) this.acquire.inAdvance(sku, held);
    return { lines, reservedIn: this.clock.region };
  }

  /** For all lines that are short, at the same time. */
  private async getRights(short: ShortLine[], since: Hlc, byMs: number): Promise<Acquired> {
    const acquired = await Promise.all(
      short.map(({ sku, quantity }) => this.acquire.forOrder(sku, { units: quantity, since, byMs })),
    );
    return {
      units: acquired.reduce((sum, { units }) => sum + units, 0),
      from: acquired.flatMap(({ from }) => from),
    };
  }
}

const REFUSALS: Record<Exclude<ReservationRefusal['reason'], 'InsufficientStock'>, [ProblemName, string]> = {
  UnknownSku: ['unknown-sku', 'Not known in this region:'],
  MixedCurrencies: ['invalid-request', 'All lines of an order must be priced in one currency.'],
  TotalTooLarge: ['invalid-request', 'The total of the order is too large.'],
  KeyReused: ['idempotency-key-reused', 'Stock is reserved for this order already, for other lines.'],
  Released: ['order-state-conflict', 'The order was cancelled and its stock given back.'],
};

function refusal(refused: Exclude<HereOutcome, { ok: true } | { reason: 'InsufficientStock' }>): ProblemError {
  if (refused.reason === 'Forwarded')
    return new ProblemError('concurrent-change', { detail: 'This region has passed the order on itself.' });
  const [name, detail] = REFUSALS[refused.reason];
  return new ProblemError(name, { detail: 'skus' in refused ? `${detail} ${refused.skus.join(', ')}.` : detail });
}
