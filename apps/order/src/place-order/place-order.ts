import type { PlaceOrderRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut, refusal } from '../carry-out.ts';
import type { KnownOrder } from '../domain/order.ts';
import { CatalogClient, type Reserved } from './catalog-client.ts';
import { type PlacingAttempt, PlacingAttempts } from './placing-attempts.ts';
import { orderIdOf, requestHashOf } from './request-identity.ts';

export interface Placed {
  id: string;
  order: KnownOrder;
  /** Whether the order was known before. */
  replayed: boolean;
}

/** The request of another body that was first under a key, and then this one. */
const ATTEMPTS = 2;

/**
 * Placing is three steps: the attempt is noted, the catalog reserves, the order is committed. They are in two databases, so
 * each of them can be the last one; whatever happens between them, the steps after the first can be taken again by anybody:
 * by the customer's retry, and by `Settlement` when there is none. The reservation is keyed by the id that follows from the
 * Idempotency-Key, answers as before and takes nothing more.
 *
 * A retry that reaches another region, while the two do not hear of each other, reserves and commits there as well. When
 * they meet, the earlier placing holds, and what was reserved for the other is surplus: see `merge`. The other may also
 * arrive between our steps; then this command finds it and notes the surplus itself.
 *
 * So a placing that broke off is completed, not dropped: only the catalog's answer to the same question tells whether there
 * is a reservation, and who asks holds one then.
 */
@Injectable()
export class PlaceOrder {
  /** Orders that this process is placing now. Another process placing the same one meets the primary key. */
  private readonly inProgress = new Set<string>();

  constructor(
    private readonly carryOut: CarryOut,
    private readonly catalog: CatalogClient,
    private readonly attempts: PlacingAttempts,
  ) {}

  /** Throws a ProblemError when the order is not placed by this request in the end. */
  async place(idempotencyKey: string, request: PlaceOrderRequest): Promise<Placed> {
    const { customerId, lines } = request;
    const orderId = orderIdOf(customerId, idempotencyKey);
    if (this.inProgress.has(orderId))
      throw new ProblemError('request-in-progress', {
        detail: 'Wait for the answer to the first request, or retry later.',
      });
    return this.alone(orderId, async () => {
      const wanted = { orderId, customerId, lines, requestHash: requestHashOf(request) };
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const open = await this.attempts.open(wanted);
        if (!open) return this.commit(wanted, undefined);
        if (open.requestHash === wanted.requestHash) return this.complete(open);
        // Of what the first request under this key reserved nobody else would know.
        await this.settleOne(open);
      }
      throw beingPlaced(orderId);
    });
  }

  /** Takes the steps that are left of an attempt whose request has gone; one that is still at work does so itself. */
  async settle(attempt: PlacingAttempt): Promise<void> {
    if (this.inProgress.has(attempt.orderId)) return;
    await this.alone(attempt.orderId, async () => {
      if (await this.attempts.noteAskedAgain(attempt)) await this.settleOne(attempt);
    });
  }

  /** Throws when it is not known what came of it; the attempt then stays. */
  private async settleOne(attempt: PlacingAttempt): Promise<void> {
    const asked = await this.catalog.reserve(attempt);
    if (!asked.ok && !asked.holdsNothing) throw asked.problem;
    if (!asked.ok) return this.attempts.close(attempt);
    await this.tell(attempt, asked.reserved);
  }

  private async complete(attempt: PlacingAttempt): Promise<Placed> {
    const asked = await this.catalog.reserve(attempt);
    if (asked.ok) return this.commit(attempt, asked.reserved);
    if (asked.holdsNothing) await this.attempts.close(attempt);
    else if (asked.tookNothing) await this.attempts.closeIfAskedOnce(attempt);
    throw asked.problem;
  }

  private async commit(attempt: PlacingAttempt, reserved: Reserved | undefined): Promise<Placed> {
    const { outcome, replayed } = await this.tell(attempt, reserved);
    if (!outcome.ok) throw refusal(outcome.reason, attempt.orderId);
    return { id: attempt.orderId, order: outcome.order, replayed };
  }

  /** What was reserved is the order's, or told to be surplus; either way the attempt is closed. */
  private async tell(attempt: PlacingAttempt, reserved: Reserved | undefined) {
    const { orderId, customerId, requestHash } = attempt;
    let replayed = true;
    const outcome = await this.carryOut.attempt(orderId, (known) => {
      replayed = known.status !== 'unknown';
      if (!replayed && !reserved) throw beingPlaced(orderId);
      return { type: 'PlaceOrder', customerId, requestHash, lines: [], ...reserved };
    });
    // What is written closes the attempt itself.
    if (reserved && !(outcome.ok && outcome.changed)) await this.attempts.close(attempt);
    return { outcome, replayed };
  }

  private async alone<T>(orderId: string, work: () => Promise<T>): Promise<T> {
    this.inProgress.add(orderId);
    try {
      return await work();
    } finally {
      this.inProgress.delete(orderId);
    }
  }
}

/** By another process, which noted or ended its attempt at this moment. */
function beingPlaced(orderId: string): ProblemError {
  return new ProblemError('concurrent-change', { detail: `The order ${orderId} is being placed; try again.` });
}
