import { z } from 'zod';
import {
  changeProductRequest,
  countViewsRequest,
  createProductRequest,
  likeProductRequest,
  productListQuery,
  productListResponse,
  productResponse,
  reserveStockRequest,
  reserveStockResponse,
  restockRequest,
  stockResponse,
  transferRightsRequest,
  transferRightsResponse,
} from './catalog.ts';
import { conflictListQuery, conflictListResponse, conflictResponse, reapplyConflictRequest } from './conflict.ts';
import { epochResponse, tellEpochRequest } from './epoch.ts';
import { HEADERS } from './headers.ts';
import { digestResponse, lagResponse, outboxResponse } from './operations.ts';
import {
  cancelOrderRequest,
  idempotencyKeySchema,
  orderHistoryResponse,
  orderResponse,
  payOrderRequest,
  placeOrderRequest,
} from './order.ts';
import type { ProblemName } from './problem.ts';
import {
  heardOfQuery,
  heardOfResponse,
  rebuildResponse,
  statesQuery,
  statesRequest,
  statesResponse,
} from './rebuild.ts';
import {
  advanceOutboxRequest,
  aggregateDigestQuery,
  aggregateDigestResponse,
  closeGapsRequest,
  closeGapsResponse,
  deadLetterContentResponse,
  deadLetterIdSchema,
  deadLetterListQuery,
  deadLetterListResponse,
  deadLetterQuery,
  digestQuery,
  inboxResponse,
  replayRequest,
  replayResponse,
  resendRequest,
  resendResponse,
} from './recovery.ts';
import { skuSchema, uuidSchema } from './schemas.ts';
import {
  changeProfileRequest,
  earlierClaimRequest,
  earlierClaimResponse,
  emailClaimRequest,
  emailClaimResponse,
  heldClaimRequest,
  registerUserRequest,
  userResponse,
} from './user.ts';

/** Every operation of every service: the table that the documents are written from and the services' routes are held against. */

export type ApiService = 'user' | 'catalog' | 'order';
export type Parameters = Record<string, z.ZodType>;

/** Schemas by the names they have in the documents. */
export const SCHEMAS = {
  RegisterUserRequest: registerUserRequest,
  ChangeProfileRequest: changeProfileRequest,
  User: userResponse,
  EmailClaimRequest: emailClaimRequest,
  HeldClaimRequest: heldClaimRequest,
  EmailClaim: emailClaimResponse,
  EarlierClaimRequest: earlierClaimRequest,
  EarlierClaim: earlierClaimResponse,
  CreateProductRequest: createProductRequest,
  ChangeProductRequest: changeProductRequest,
  RestockRequest: restockRequest,
  CountViewsRequest: countViewsRequest,
  LikeProductRequest: likeProductRequest,
  Product: productResponse,
  ProductList: productListResponse,
  Stock: stockResponse,
  ReserveStockRequest: reserveStockRequest,
  Reservation: reserveStockResponse,
  TransferRightsRequest: transferRightsRequest,
  Transfer: transferRightsResponse,
  PlaceOrderRequest: placeOrderRequest,
  PayOrderRequest: payOrderRequest,
  CancelOrderRequest: cancelOrderRequest,
  Order: orderResponse,
  Conflict: conflictResponse,
  ConflictList: conflictListResponse,
  ReapplyConflictRequest: reapplyConflictRequest,
  OrderHistory: orderHistoryResponse,
  TellEpochRequest: tellEpochRequest,
  Epoch: epochResponse,
  Digest: digestResponse,
  Lag: lagResponse,
  Outbox: outboxResponse,
  AggregateDigests: aggregateDigestResponse,
  Inbox: inboxResponse,
  ResendRequest: resendRequest,
  Resent: resendResponse,
  CloseGapsRequest: closeGapsRequest,
  ClosedGaps: closeGapsResponse,
  AdvanceOutboxRequest: advanceOutboxRequest,
  DeadLetterList: deadLetterListResponse,
  DeadLetter: deadLetterContentResponse,
  ReplayRequest: replayRequest,
  Replay: replayResponse,
  Rebuild: rebuildResponse,
  HeardOf: heardOfResponse,
  States: statesResponse,
  StatesRequest: statesRequest,
} satisfies Record<string, z.ZodType>;
type SchemaName = keyof typeof SCHEMAS;

interface Answer {
  description: string;
  schema?: SchemaName;
  /** Header name to what it says. */
  headers?: Record<string, string>;
}

export interface Operation {
  method: 'get' | 'post' | 'patch' | 'put';
  /** With `{name}` for parameters, as OpenAPI writes them. */
  path: string;
  summary: string;
  pathParameters?: Parameters;
  query?: Parameters;
  headers?: Parameters;
  body?: SchemaName;
  answers: Record<number, Answer>;
  /** Beside those that every operation of its kind can have. */
  problems: ProblemName[];
  /** Answered inside the region only; the edge does not route it. */
  internal?: true;
  /** What regions do for each other, also where no client's write is taken: to hand over, to decide, to give back. */
  betweenRegions?: true;
  /** About the process and not about what it keeps: consistency plays no part. */
  forOperators?: true;
}

const id = { id: uuidSchema };
const sku = { sku: skuSchema };
const ok = (schema: SchemaName, description: string): Record<number, Answer> => ({ 200: { description, schema } });
const internal = (
  path: string,
  summary: string,
  answers: Record<number, Answer>,
  more: Partial<Operation> = {},
): Operation => ({
  method: 'get',
  path,
  summary,
  answers,
  problems: [],
  internal: true,
  forOperators: true,
  ...more,
});

/** What every service answers for operators. */
const ofEveryService: Operation[] = [
  internal(
    '/digest',
    'A fingerprint of all aggregates: equal in regions that have converged',
    ok('Digest', 'The digest'),
    { query: digestQuery.shape },
  ),
  internal('/digest/aggregates', 'The same of each aggregate in some buckets', ok('AggregateDigests', 'The digests'), {
    query: aggregateDigestQuery.shape,
  }),
  internal('/resend', 'Publishes whole states once more, for regions that miss them', ok('Resent', 'How many'), {
    method: 'post',
    body: 'ResendRequest',
  }),
  internal('/inbox', 'What was applied here of each source, and what is missing', ok('Inbox', 'By source')),
  internal('/inbox/close', 'Says of gaps that their effect is here', ok('ClosedGaps', 'How many events'), {
    method: 'post',
    body: 'CloseGapsRequest',
  }),
  internal('/dead-letters', 'What could not be applied here', ok('DeadLetterList', 'A page'), {
    query: deadLetterListQuery.shape,
  }),
  internal('/dead-letters/{id}', 'One of them, its value only when asked for', ok('DeadLetter', 'The dead letter'), {
    pathParameters: { id: deadLetterIdSchema },
    query: deadLetterQuery.shape,
    problems: ['not-found'],
  }),
  internal('/dead-letters/replay', 'Gives dead letters to their consumer again, each once', ok('Replay', 'Of each'), {
    method: 'post',
    body: 'ReplayRequest',
  }),
  internal('/lag', 'How old changes of other regions were when they were applied here', ok('Lag', 'Lag by origin')),
  internal('/outbox', 'What is committed here and not yet published', ok('Outbox', 'The state of the outbox')),
  internal('/outbox/advance', 'Numbers no event at or below this sequence', ok('Outbox', 'The outbox after it'), {
    method: 'post',
    body: 'AdvanceOutboxRequest',
  }),
  internal('/epoch', 'What this service knows of who may serve and write', ok('Epoch', 'The newest epoch known here')),
  internal('/epoch', 'Tells who may serve and write from now on', ok('Epoch', 'The newest epoch known here'), {
    method: 'put',
    body: 'TellEpochRequest',
    problems: ['stale-epoch'],
  }),
  internal('/rebuild', 'How far this service has come in getting lost data back', ok('Rebuild', 'The progress')),
  internal('/rebuild/heard-of', 'What is known here of a region that lost its memory', ok('HeardOf', 'What is known'), {
    query: heardOfQuery.shape,
  }),
  internal('/rebuild/states', 'Every aggregate as a whole, a page at a time', ok('States', 'A page'), {
    query: statesQuery.shape,
  }),
  internal('/rebuild/states', 'Some aggregates as a whole', ok('States', 'Those that are known here'), {
    method: 'post',
    body: 'StatesRequest',
  }),
  internal('/openapi.json', 'This document', { 200: { description: 'OpenAPI 3.1' } }),
  internal('/health/live', 'Whether the process runs', { 200: { description: 'It runs' } }),
  internal('/health/ready', 'Whether the service can serve; no other region has a say in it', {
    200: { description: 'It can' },
  }),
];

/** The conflict ledger of a service, below the root by which the edge knows it. */
const conflictsBelow = (root: string): Operation[] => [
  {
    method: 'get',
    path: `${root}/conflicts`,
    summary: 'What joins discarded in this region, newest first, a page at a time',
    query: conflictListQuery.shape,
    answers: ok('ConflictList', 'A page; `next` is the `after` of the next one, null on the last'),
    problems: [],
  },
  {
    method: 'get',
    path: `${root}/conflicts/{id}`,
    summary: 'One conflict, with what lost and what won',
    pathParameters: id,
    answers: ok('Conflict', 'The conflict'),
    problems: ['not-found'],
  },
  {
    method: 'post',
    path: `${root}/conflicts/{id}/reapply`,
    summary: 'Writes the value that lost again, as a new write; a resolved conflict is answered as it is',
    pathParameters: id,
    body: 'ReapplyConflictRequest',
    answers: ok('Conflict', 'The conflict, resolved'),
    problems: ['not-found', 'not-reappliable', 'concurrent-change'],
  },
];

/** Whether an e-mail address must be known to be free before the answer. */
const consistency = { [HEADERS.consistency]: z.enum(['eventual', 'session', 'strong']).default('strong') };

/** Between the user services of regions, over their links. */
const emailClaims = (path: string, summary: string, body: SchemaName, answer: SchemaName): Operation => ({
  method: 'post',
  path: `/email-claims${path}`,
  summary,
  body,
  answers: ok(answer, 'The answer of this region'),
  problems: ['concurrent-change'],
  internal: true,
  betweenRegions: true,
});

const user: Operation[] = [
  {
    method: 'post',
    path: '/users',
    summary:
      'Registers a user in the region that receives the request; with a key, sending it again makes no second user',
    headers: { [HEADERS.idempotencyKey]: idempotencyKeySchema.optional(), ...consistency },
    body: 'RegisterUserRequest',
    answers: {
      201: { description: 'Registered', schema: 'User', headers: { location: 'Where the user is' } },
      200: {
        description: 'They had been registered by an earlier request with this key',
        schema: 'User',
        headers: { [HEADERS.idempotentReplayed]: '`true`' },
      },
    },
    problems: ['email-taken', 'concurrent-change'],
  },
  {
    method: 'get',
    path: '/users/{id}',
    summary: 'A user, as this region knows them',
    pathParameters: id,
    answers: ok('User', 'The user'),
    problems: ['not-found'],
  },
  {
    method: 'patch',
    path: '/users/{id}',
    summary: 'Changes fields of a profile; of two changes of one field the later wins in every region',
    pathParameters: id,
    headers: consistency,
    body: 'ChangeProfileRequest',
    answers: ok('User', 'The user after the change'),
    problems: ['not-found', 'email-taken', 'concurrent-change'],
  },
  ...conflictsBelow('/users'),
  emailClaims('', 'Claims an e-mail address for a user, and says who holds it', 'EmailClaimRequest', 'EmailClaim'),
  emailClaims('/settle', 'Makes a provisional claim final if it is still held', 'HeldClaimRequest', 'EmailClaim'),
  emailClaims(
    '/release',
    'Gives an address back, if this user holds it by this claim',
    'HeldClaimRequest',
    'EmailClaim',
  ),
  emailClaims(
    '/earlier',
    'Whether a provisional claim with an earlier reading waits in this region',
    'EarlierClaimRequest',
    'EarlierClaim',
  ),
];

const catalog: Operation[] = [
  ...conflictsBelow('/products'),
  {
    method: 'post',
    path: '/products',
    summary: 'Creates a product with the stock of each region',
    body: 'CreateProductRequest',
    answers: { 201: { description: 'Created', schema: 'Product', headers: { location: 'Where the product is' } } },
    problems: ['already-exists', 'concurrent-change'],
  },
  {
    method: 'get',
    path: '/products',
    summary: 'Products in the order of their SKUs, a page at a time',
    query: productListQuery.shape,
    answers: ok('ProductList', 'A page; `next` is the `after` of the next one, null on the last'),
    problems: [],
  },
  {
    method: 'get',
    path: '/products/{sku}',
    summary: 'A product, with the units that this region can sell and those that it can get from others',
    pathParameters: sku,
    answers: ok('Product', 'The product'),
    problems: ['not-found'],
  },
  {
    method: 'patch',
    path: '/products/{sku}',
    summary:
      'Changes a product; of two names set at once the later holds, of two prices the lower one, of tags all that were added',
    pathParameters: sku,
    body: 'ChangeProductRequest',
    answers: ok('Product', 'The product after the change'),
    problems: ['not-found', 'concurrent-change'],
  },
  {
    method: 'get',
    path: '/products/{sku}/stock',
    summary: 'The units of a product in every region, as this region knows them',
    pathParameters: sku,
    answers: ok('Stock', 'The stock'),
    problems: ['not-found'],
  },
  {
    method: 'post',
    path: '/products/{sku}/restock',
    summary: 'Adds units to the stock of the region that receives the request',
    pathParameters: sku,
    body: 'RestockRequest',
    answers: ok('Stock', 'The stock after it'),
    problems: ['not-found', 'concurrent-change'],
  },
  {
    method: 'post',
    path: '/products/{sku}/views',
    summary: 'Counts views of a product; counts of all regions add up',
    pathParameters: sku,
    body: 'CountViewsRequest',
    answers: ok('Product', 'The product after it'),
    problems: ['not-found', 'concurrent-change'],
  },
  {
    method: 'post',
    path: '/products/{sku}/likes',
    summary: 'Likes a product, or takes a like back; likes of all regions add up',
    pathParameters: sku,
    body: 'LikeProductRequest',
    answers: ok('Product', 'The product after it'),
    problems: ['not-found', 'concurrent-change'],
  },
  {
    method: 'post',
    path: '/stock/{sku}/transfers',
    summary: 'Hands rights to sell a product over to the region that asks, as many as can be spared',
    pathParameters: sku,
    body: 'TransferRightsRequest',
    answers: ok('Transfer', 'Handed over, which may be none'),
    problems: ['concurrent-change'],
    internal: true,
    betweenRegions: true,
  },
  {
    method: 'post',
    path: '/reservations',
    summary:
      'Takes the units of an order out of stock, all or none; asked again for the same order it answers the same',
    body: 'ReserveStockRequest',
    answers: ok('Reservation', 'Reserved, at these prices'),
    problems: [
      'insufficient-stock',
      'unknown-sku',
      'order-state-conflict',
      'idempotency-key-reused',
      'concurrent-change',
    ],
    internal: true,
  },
];

const order: Operation[] = [
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

export const OPERATIONS: Record<ApiService, Operation[]> = {
  user: [...user, ...ofEveryService],
  catalog: [...catalog, ...ofEveryService],
  order: [...order, ...ofEveryService],
};
