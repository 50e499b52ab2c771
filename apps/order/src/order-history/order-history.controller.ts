import { type OrderHistoryResponse, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { refusal } from '../carry-out.ts';
import { orderOf } from '../domain/order.ts';
import { toHistory } from '../persistence/order-shapes.ts';
import { OrderStore } from '../persistence/order-store.ts';

@Controller('orders')
export class OrderHistoryController {
  constructor(private readonly store: OrderStore) {}

  /** As this region knows it. */
  @Get(':id/history')
  async handle(@Param('id', validated(uuidSchema)) id: string): Promise<OrderHistoryResponse> {
    const { facts } = await this.store.find(id);
    const order = orderOf(facts);
    if (order.status === 'unknown') throw refusal('UnknownOrder', id);
    return toHistory(id, facts, order);
  }
}
