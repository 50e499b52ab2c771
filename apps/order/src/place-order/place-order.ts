import type { PlaceOrderRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import type { KnownOrder } from '../persistence/order-shapes.ts';
import { CatalogClient } from './catalog-client.ts';
import { orderIdOf, requestHashOf } from './request-identity.ts';

/**
 * Placing is two steps in two databases: the catalog reserves, then the order is committed. Both are keyed by the id that
 * follows from the Idempotency-Key, so whatever happens between them, sending the request again completes it: the
 * reservation answers as before and takes nothing more.
 *
 * Limits: a client that never retries after a failure between the two leaves a reservation without an order, whose units
 * stay out of stock; so does one whose retry reaches another region, as that one reserves out of its own stock. Too few
 * units are then sold, never too many.
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
      const { order, changed } = await this.carryOut.command(id, async (known) => ({
        type: 'PlaceOrder',
        customerId: request.customerId,
        requestHash,
        lines: known.status === 'unknown' ? await this.catalog.reserve(id, request.lines) : [],
      }));
      return { id, order, replayed: !changed };
    } finally {
      this.inProgress.delete(id);
    }
  }
}
