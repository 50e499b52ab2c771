import type { ProblemName } from '@meridian/contracts';
import { RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { type Command, decide, type Refusal } from './domain/decide.ts';
import { join, type KnownOrder, knownHlc, type Order, orderOf } from './domain/order.ts';
import { toEvent } from './persistence/order-shapes.ts';
import { OrderStore } from './persistence/order-store.ts';

/** A row that changes more often than this between reading and writing is changed by something gone wild. */
const ATTEMPTS = 10;

/** `changed` is false when the command said nothing new. */
export type CarriedOut = { ok: true; order: KnownOrder; changed: boolean } | { ok: false; reason: Refusal };
type CommandFor = (order: Order) => Command | Promise<Command>;

/** What every command does: read, decide, commit row and event at once; begin again when the row has changed meanwhile. */
@Injectable()
export class CarryOut {
  constructor(
    private readonly store: OrderStore,
    private readonly clock: RegionClock,
  ) {}

  /** Throws a ProblemError for a refusal. */
  async command(id: string, commandFor: CommandFor): Promise<Extract<CarriedOut, { ok: true }>> {
    const carriedOut = await this.attempt(id, commandFor);
    if (!carriedOut.ok) throw refusal(carriedOut.reason, id);
    return carriedOut;
  }

  /** For who has to do something about a refusal. What the refusal itself adds is committed. */
  async attempt(id: string, commandFor: CommandFor): Promise<CarriedOut> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await this.store.find(id);
      const order = orderOf(stored.facts);
      const command = await commandFor(order);
      const decision = decide(command, order, this.clock.stamp(knownHlc(stored.facts)));
      const { facts: added } = decision;
      const facts = added ? join(stored.facts, added) : stored.facts;
      if (added) {
        const event = toEvent(id, added, facts, currentTraceparent());
        const endsPlacing = command.type === 'PlaceOrder' ? command.requestHash : undefined;
        if (!(await this.store.commit({ ...stored, facts }, [event], { endsPlacing }))) continue;
      }
      if (!decision.ok) return { ok: false, reason: decision.reason };
      return { ok: true, order: knownOrder(orderOf(facts)), changed: added !== undefined };
    }
    throw new ProblemError('concurrent-change', { detail: `The order ${id} keeps changing; try again.` });
  }
}

function knownOrder(order: Order): KnownOrder {
  if (order.status === 'unknown') throw new Error('A command was carried out on an order that is not known.');
  return order;
}

const REFUSALS: Record<Refusal, [ProblemName, string]> = {
  UnknownOrder: ['not-found', 'is not known in this region'],
  OrderCancelled: ['order-state-conflict', 'is cancelled and cannot be paid'],
  PaidByAnother: ['order-state-conflict', 'is paid already, by another payment'],
  ChargeDoesNotCount: [
    'order-state-conflict',
    'has another total than what this payment charged, which is refunded; look at the order and pay it again',
  ],
  ChargeCounts: ['order-state-conflict', 'is paid by this charge'],
  KeyReused: ['idempotency-key-reused', 'was placed with this Idempotency-Key by a different request'],
};

export function refusal(reason: Refusal, id: string): ProblemError {
  const [name, what] = REFUSALS[reason];
  return new ProblemError(name, { detail: `The order ${id} ${what}.` });
}
