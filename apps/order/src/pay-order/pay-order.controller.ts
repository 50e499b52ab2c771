import { type OrderResponse, type PayOrderRequest, payOrderRequest, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toResponse } from '../persistence/order-shapes.ts';

@Controller('orders')
export class PayOrderController {
  constructor(private readonly carryOut: CarryOut) {}

  @Post(':id/pay')
  @HttpCode(HttpStatus.OK)
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Body(validated(payOrderRequest)) { paymentReference }: PayOrderRequest,
  ): Promise<OrderResponse> {
    const { order } = await this.carryOut.command(id, () => ({ type: 'PayOrder', paymentReference }));
    return toResponse(id, order);
  }
}
