import type { PlaceOrderRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import type { KnownOrder } from '../domain/order.ts';
import { CatalogClient, type Reserved } from './catalog-client.ts';
import { orderIdOf, requestHashOf } from './request-identity.ts';

/**
 * Placing is two steps in two databases: the catalog reserves, then the order is committed. Both are keyed by the id that
 * follows from the Idempotency-Key, so whatever happens between them, sending the request again completes it: the
 * reservation answers as before and takes nothing more.
 *
 * A retry that reaches another region, while the two do not hear of each other, reserves and commits there as well. When
 * they meet, the earlier placing holds, and what was reserved for the other is surplus: see `merge`. The other may also
 * arrive between our two steps; then this command finds it and notes the surplus itself.
 *
 * Limit: a client that never retries here after a failure between the two steps leaves a reservation of which this service
 * does not know. Its units stay out of stock: too few are then sold, never too many.
 */
@Injectable()
export class PlaceOrder {
  /** Orders that this process is placing now. Another process placing the same one meets the primary key. */
  private readonly inProgress = new Set<string>();

  constructor(
    private readonly carryOut: CarryOut,
    private readonly catalog: CatalogClient,
  ) {}

  async place(
    idempotencyKey: string,
    request: PlaceOrderRequest,
  ): Promise<{ id: string; order: KnownOrder; replayed: boolean }> {
    const id = orderIdOf(request.customerId, idempotencyKey);
    if (this.inProgress.has(id))
      throw new ProblemError('request-in-progress', {
        detail: 'Wait for the answer to the first request, or retry later.',
      });
    this.inProgress.add(id);
    try {
      const requestHash = requestHashOf(request);
      let wasKnown = true;
      let reserved: Reserved | undefined;
      const { order } = await this.carryOut.command(id, async (known) => {
        wasKnown = known.status !== 'unknown';
        if (!wasKnown) reserved ??= await this.catalog.reserve(id, request.lines);
        return { type: 'PlaceOrder', customerId: request.customerId, requestHash, lines: [], ...reserved };
      });
      return { id, order, replayed: wasKnown };
    } finally {
      this.inProgress.delete(id);
    }
  }
}
