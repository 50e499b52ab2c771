import { type OrderResponse, uuidSchema } from '@meridian/contracts';
import { ProblemError, validated } from '@meridian/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { orderOf } from '../domain/order.ts';
import { toResponse } from '../persistence/order-shapes.ts';
import { OrderStore } from '../persistence/order-store.ts';

@Controller('orders')
export class FindOrderController {
  constructor(private readonly store: OrderStore) {}

  /** As this region knows it: an order placed elsewhere a moment ago may not have arrived. */
  @Get(':id')
  async handle(@Param('id', validated(uuidSchema)) id: string): Promise<OrderResponse> {
    const order = orderOf((await this.store.find(id)).facts);
    if (order.status === 'unknown')
      throw new ProblemError('not-found', { detail: `The order ${id} is not known in this region.` });
    return toResponse(id, order);
  }
}
