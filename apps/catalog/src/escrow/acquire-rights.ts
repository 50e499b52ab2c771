import { joinRowDeps, NO_DEPS, type RowDeps } from '@meridian/consistency';
import { type TransferRightsRequest, transferRightsResponse } from '@meridian/contracts';
import type { Hlc } from '@meridian/hlc';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Demand } from '../domain/demand.ts';
import { rightsIn } from '../domain/escrow.ts';
import { isUnchanged, join, latestHlc, type ProductState } from '../domain/product-state.ts';
import { spareWanted } from '../domain/share-rights.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { CALL_TIMEOUT_MS, OtherCatalogs } from './other-catalogs.ts';
import { WaitingOrders } from './waiting-orders.ts';

/** After regions had nothing to spare they are not asked in advance again for so long. */
const ASK_AGAIN_AFTER_MS = 1_000;

/** What became of asking. `from` are the regions that gave something. */
export interface Acquired {
  units: number;
  from: string[];
}

/**
 * Gets rights from other regions. One product is asked for once at a time, for all orders that wait for it together; the
 * region with most rights, as this region's copy says, comes first.
 *
 * Nothing is held while another region is waited for: no transaction, no turn. So two regions that ask each other at the
 * same time both get their answers.
 */
@Injectable()
export class AcquireRights implements OnModuleDestroy {
  private readonly underWay = new Map<string, Promise<Acquired>>();
  private readonly nothingToSpare = new Map<string, number>();

  constructor(
    private readonly others: OtherCatalogs,
    private readonly waiting: WaitingOrders,
    private readonly demand: Demand,
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
    private readonly context: ServiceContext,
  ) {}

  /** For an order that waits for `units` in all. Resolves when it is worth trying again, or `byMs` (of `performance.now()`). */
  async forOrder(sku: string, { units, since, byMs }: { units: number; since: Hlc; byMs: number }): Promise<Acquired> {
    const order = this.waiting.add(sku, { units, since });
    try {
      return await before(byMs, this.underWay.get(sku) ?? this.ask(sku, byMs));
    } finally {
      order.end();
    }
  }

  /** In the background, when what is left is less than what will soon be asked for. Does not wait, and does not fail. */
  inAdvance(sku: string, held: number): void {
    const nowMs = this.clock.wallClockMs();
    if (this.underWay.has(sku) || spareWanted(held, this.demand.perS(sku, nowMs)) === 0) return;
    const askedMs = this.nothingToSpare.get(sku);
    if (askedMs !== undefined && nowMs - askedMs < ASK_AGAIN_AFTER_MS) return;
    this.nothingToSpare.delete(sku);
    this.ask(sku, performance.now() + this.others.regions.length * CALL_TIMEOUT_MS)
      .then(({ units }) => {
        if (units === 0) this.nothingToSpare.set(sku, nowMs);
      })
      .catch((failure) => this.context.logger.warn({ err: failure, sku }, 'no rights were got in advance'));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.underWay.values());
  }

  private ask(sku: string, byMs: number): Promise<Acquired> {
    const asking = this.askInTurn(sku, byMs).finally(() => this.underWay.delete(sku));
    this.underWay.set(sku, asking);
    return asking;
  }

  /** One region after the other, until there is enough. */
  private async askInTurn(sku: string, byMs: number): Promise<Acquired> {
    const acquired: Acquired = { units: 0, from: [] };
    const asked = new Set<string>();
    while (performance.now() + CALL_TIMEOUT_MS <= byMs) {
      const { state } = await this.store.findOne(sku);
      const wanted = this.wanted(sku, rightsIn(this.clock.region, state));
      // In advance for orders that wait: with what they need, not instead of it.
      if (wanted.units === 0 && (wanted.spare === 0 || acquired.units > 0)) break;
      const [from] = this.others.regions
        .filter((region) => !asked.has(region) && !this.others.isAway(region) && rightsIn(region, state) > 0)
        .sort((a, b) => rightsIn(b, state) - rightsIn(a, state));
      if (from === undefined) break;
      asked.add(from);
      const units = await this.askOne(sku, from, wanted);
      if (units > 0) {
        acquired.units += units;
        acquired.from.push(from);
      }
    }
    return acquired;
  }

  private wanted(sku: string, held: number): TransferRightsRequest {
    const { units, since } = this.waiting.of(sku);
    const missing = Math.max(0, units - held);
    const left = Math.max(0, held - units);
    const spare = spareWanted(left, this.demand.perS(sku, this.clock.wallClockMs()));
    return { to: this.clock.region, units: missing, spare, ...(since !== undefined && { since }) };
  }

  /** Units that it gave; 0 also when it could not be asked. */
  private async askOne(sku: string, from: string, body: TransferRightsRequest): Promise<number> {
    const answer = await this.others.call(from, {
      method: 'POST',
      path: `/stock/${sku}/transfers`,
      route: '/stock/{sku}/transfers',
      body,
      // Sent twice it may bring more than was asked for; none of that is lost.
      repeatable: true,
      responseSchema: transferRightsResponse,
    });
    if (!answer.ok) return 0;
    const { sku: _, ...known } = answer.body.known;
    const isDrifted = !this.clock.receive(latestHlc(known) ?? this.clock.stamp().hlc).ok;
    if (isDrifted) return 0;
    await this.turns.aheadOfTurns(sku, () => this.join(sku, known, answer.body.deps ?? NO_DEPS));
    return answer.body.units;
  }

  /** Without an event: what the other region did, it tells everybody itself. */
  private async join(sku: string, known: ProductState, told: RowDeps): Promise<void> {
    for (;;) {
      const stored = await this.store.findOne(sku);
      const joined = join(stored.state, known);
      if (isUnchanged(stored.state, joined)) return;
      const { hlc } = this.clock.stamp();
      const deps = joinRowDeps(stored.deps, told);
      if (await this.store.commit({ products: [{ ...stored, state: joined, deps }], hlc })) return;
    }
  }
}

async function before(byMs: number, work: Promise<Acquired>): Promise<Acquired> {
  const { promise: over, resolve } = Promise.withResolvers<Acquired>();
  const timer = setTimeout(() => resolve({ units: 0, from: [] }), Math.max(0, byMs - performance.now()));
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
