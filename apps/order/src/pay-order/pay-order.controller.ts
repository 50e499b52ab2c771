import { type OrderResponse, type PayOrderRequest, payOrderRequest, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { toResponse } from '../persistence/order-shapes.ts';
import { PayOrder } from './pay-order.ts';

@Controller('orders')
export class PayOrderController {
  constructor(private readonly payOrder: PayOrder) {}

  @Post(':id/pay')
  @HttpCode(HttpStatus.OK)
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Body(validated(payOrderRequest)) { paymentReference }: PayOrderRequest,
  ): Promise<OrderResponse> {
    return toResponse(id, await this.payOrder.pay(id, paymentReference));
  }
}
