import { type CancelOrderRequest, cancelOrderRequest, type OrderResponse, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toResponse } from '../persistence/order-shapes.ts';

@Controller('orders')
export class CancelOrderController {
  constructor(private readonly carryOut: CarryOut) {}

  @Post(':id/cancel')
  @HttpCode(HttpStatus.OK)
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Body(validated(cancelOrderRequest)) { reason }: CancelOrderRequest,
  ): Promise<OrderResponse> {
    const { order } = await this.carryOut.command(id, () => ({ type: 'CancelOrder', reason }));
    return toResponse(id, order);
  }
}
