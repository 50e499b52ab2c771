import { HEADERS } from '../headers.ts';
import { idempotencyKeySchema } from '../order.ts';
import { conflictsBelow } from './conflict-operations.ts';
import { id, type Operation, ok } from './operation.ts';

export const orderOperations: Operation[] = [
  {
    method: 'post',
    path: '/orders',
    summary: 'Places an order; sent again with the same Idempotency-Key it is the same order, in whatever region',
    headers: { [HEADERS.idempotencyKey]: idempotencyKeySchema },
    body: 'PlaceOrderRequest',
    answers: {
      201: { description: 'Placed', schema: 'Order', headers: { location: 'Where the order is' } },
      200: {
        description: 'It had been placed by an earlier request with this key',
        schema: 'Order',
        headers: { [HEADERS.idempotentReplayed]: '`true`' },
      },
    },
    problems: [
      'idempotency-key-missing',
      'request-in-progress',
      'insufficient-stock',
      'unknown-sku',
      'order-state-conflict',
      'idempotency-key-reused',
      'upstream-error',
      'upstream-timeout',
    ],
  },
  {
    method: 'get',
    path: '/orders/{id}',
    summary: 'An order, as this region knows it',
    pathParameters: id,
    answers: ok('Order', 'The order'),
    problems: ['not-found'],
  },
  {
    method: 'get',
    path: '/orders/{id}/history',
    summary: 'What happened to an order in every region, as this one knows it, in the order of the clock',
    pathParameters: id,
    answers: ok('OrderHistory', 'The facts, in words'),
    problems: ['not-found'],
  },
  {
    method: 'post',
    path: '/orders/{id}/pay',
    summary: 'Pays an order; paying again with the same reference, in whatever region, ends in one charge that counts',
    pathParameters: id,
    body: 'PayOrderRequest',
    answers: ok('Order', 'The order, paid'),
    problems: [
      'payment-declined',
      'not-found',
      'order-state-conflict',
      'concurrent-change',
      'request-in-progress',
      'payment-outcome-unknown',
    ],
  },
  {
    method: 'post',
    path: '/orders/{id}/cancel',
    summary: 'Cancels an order; what was paid for it is then given back; cancelling again changes nothing',
    pathParameters: id,
    body: 'CancelOrderRequest',
    answers: ok('Order', 'The order, cancelled'),
    problems: ['not-found', 'concurrent-change'],
  },
  ...conflictsBelow('/orders'),
];
