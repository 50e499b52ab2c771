import {
  HEADERS,
  idempotencyKeySchema,
  type OrderResponse,
  type PlaceOrderRequest,
  placeOrderRequest,
} from '@meridian/contracts';
import { ProblemError, validated } from '@meridian/service-kit';
import { Body, Controller, Headers, HttpStatus, Post, Res } from '@nestjs/common';
import { toResponse } from '../persistence/order-shapes.ts';
import { PlaceOrder } from './place-order.ts';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

@Controller('orders')
export class PlaceOrderController {
  constructor(private readonly placeOrder: PlaceOrder) {}

  @Post()
  async handle(
    @Headers(HEADERS.idempotencyKey) key: string | undefined,
    @Body(validated(placeOrderRequest)) request: PlaceOrderRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<OrderResponse> {
    const { id, order, replayed } = await this.placeOrder.place(checkedKey(key), request);
    if (replayed) reply.status(HttpStatus.OK).header(HEADERS.idempotentReplayed, 'true');
    else reply.status(HttpStatus.CREATED).header('location', `/orders/${id}`);
    return toResponse(id, order);
  }
}

function checkedKey(key: string | undefined): string {
  if (key === undefined || key === '')
    throw new ProblemError('idempotency-key-missing', {
      detail: 'Choose a value of your own for each order, and send the same one when you retry.',
    });
  const { success, error } = idempotencyKeySchema.safeParse(key);
  if (!success)
    throw new ProblemError('invalid-request', {
      errors: error.issues.map(({ message }) => ({ pointer: `/headers/${HEADERS.idempotencyKey}`, detail: message })),
    });
  return key;
}
