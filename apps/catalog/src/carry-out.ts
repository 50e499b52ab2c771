import type { ProblemName } from '@meridian/contracts';
import { RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { type Command, decide, type Refusal } from './domain/decide.ts';
import { join, productOf } from './domain/product.ts';
import { type KnownProduct, type ProductEvent, toEvent } from './persistence/catalog-shapes.ts';
import { CatalogStore } from './persistence/catalog-store.ts';
import { SkuTurns } from './persistence/sku-turns.ts';

/** Writes of this process take turns, so only another process can get in between; it does not do so this often. */
const ATTEMPTS = 10;

const EVENTS: Record<Command['type'], ProductEvent> = {
  CreateProduct: 'created',
  ChangeProduct: 'changed',
  Restock: 'stock-changed',
};

/** What every command on one product does: read, decide, commit row and event at once. */
@Injectable()
export class CarryOut {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: SkuTurns,
    private readonly clock: RegionClock,
  ) {}

  /** The product after the command. Throws a ProblemError for a refusal. */
  command(sku: string, command: Command): Promise<KnownProduct> {
    return this.turns.inTurn([sku], async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const stored = await this.store.findOne(sku);
        const decision = decide(command, stored.state, this.clock.stamp());
        if (!decision.ok) throw refusal(decision.reason, sku);

        const state = join(stored.state, decision.delta);
        const events = [toEvent(sku, EVENTS[command.type], decision.delta, currentTraceparent())];
        if (await this.store.commit({ products: [{ ...stored, state }], events })) {
          const product = productOf(state);
          if (product.known) return product;
          throw new Error('A command was carried out on a product that is not known.');
        }
      }
      throw new ProblemError('concurrent-change', { detail: `The product ${sku} keeps changing; try again.` });
    });
  }
}

const REFUSALS: Record<Refusal, [ProblemName, string]> = {
  UnknownProduct: ['not-found', 'is not known in this region'],
  ProductExists: ['already-exists', 'exists already'],
  TooManyUnits: ['invalid-request', 'cannot have that many units in one region'],
};

function refusal(reason: Refusal, sku: string): ProblemError {
  const [name, what] = REFUSALS[reason];
  return new ProblemError(name, { detail: `The product ${sku} ${what}.` });
}
