import type { ProblemName } from '@meridian/contracts';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { type Command, decide, type Refusal } from './domain/decide.ts';
import { settledBy } from './domain/discarded.ts';
import { join } from './domain/product-state.ts';
import { type KnownProduct, type ProductEvent, toEvent, toKnown } from './persistence/catalog-shapes.ts';
import { CatalogStore } from './persistence/catalog-store.ts';
import type { Restocking } from './persistence/change.ts';
import { stampOf } from './stamp-of.ts';

/** Writes of this process take turns, so only another process can get in between; it does not do so this often. */
const ATTEMPTS = 10;

const EVENTS: Record<Command['type'], ProductEvent> = {
  CreateProduct: 'created',
  ChangeProduct: 'changed',
  RemoveTag: 'changed',
  Restock: 'stock-changed',
  CountViews: 'counted',
  LikeProduct: 'counted',
};

/** What every command on one product does: read, decide, commit row and event at once. */
@Injectable()
export class CarryOut {
  constructor(
    private readonly store: CatalogStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
  ) {}

  /** The product after the command. Throws a ProblemError for a refusal. */
  command(sku: string, command: Command, restock?: Restocking): Promise<KnownProduct> {
    return this.turns.inTurn([sku], async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const stored = await this.store.findOne(sku);
        const stamp = stampOf(this.clock, [stored]);
        const decision = decide(command, stored.state, stamp);
        if (!decision.ok) throw refusal(decision.reason, sku);

        const { delta } = decision;
        const { hlc } = stamp;
        const changed = { ...stored, state: join(stored.state, delta) };
        const event = toEvent(EVENTS[command.type], { ...stored, delta, hlc, traceparent: currentTraceparent() });
        const settles = { sku, fields: settledBy(delta, stored.state, changed.state) };
        if (await this.store.commit({ products: [changed], hlc, events: [event], restock, settles })) {
          const known = toKnown(changed);
          if (known) return known;
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
