export {
  type ChangeProductRequest,
  type CountViewsRequest,
  type CreateProductRequest,
  changeProductRequest,
  countViewsRequest,
  createProductRequest,
  type LikeProductRequest,
  likeProductRequest,
  type ProductDelta,
  type ProductListQuery,
  type ProductListResponse,
  type ProductResponse,
  productDelta,
  productListQuery,
  productListResponse,
  productResponse,
  type ReserveStockRequest,
  type ReserveStockResponse,
  type RestockRequest,
  reserveStockRequest,
  reserveStockResponse,
  restockRequest,
  type StockResponse,
  stockResponse,
  type TransferRightsRequest,
  type TransferRightsResponse,
  transferRightsRequest,
  transferRightsResponse,
} from './catalog.ts';
export { type EventEnvelope, envelopeFromHeaders, envelopeToHeaders, readEvent } from './event.ts';
export { HEADERS } from './headers.ts';
export { type OpenApiDocument, openApiOf } from './openapi.ts';
export { type ApiService, OPERATIONS, type Operation } from './openapi-operations.ts';
export {
  type DigestResponse,
  digestResponse,
  type EdgeStatusResponse,
  edgeStatusResponse,
  type LagResponse,
  lagResponse,
  type OutboxResponse,
  outboxResponse,
} from './operations.ts';
export {
  type CancelOrderRequest,
  cancelOrderRequest,
  idempotencyKeySchema,
  type OrderDelta,
  type OrderHistoryResponse,
  type OrderResponse,
  type OrderStatus,
  orderDelta,
  orderHistoryResponse,
  orderReadings,
  orderResponse,
  orderStatus,
  type PayOrderRequest,
  type PlaceOrderRequest,
  payOrderRequest,
  placeOrderRequest,
} from './order.ts';
export { PROBLEM_MEDIA_TYPE, PROBLEMS, type Problem, type ProblemName, problem, problemTypeUri } from './problem.ts';
export {
  hlcSchema,
  MAX_AMOUNT_MINOR,
  type Money,
  skuSchema,
  uuidSchema,
} from './schemas.ts';
export { dlqTopic, isReplicated, PARTITIONS_PER_TOPIC, remoteTopic, TOPICS, type Topic } from './topics.ts';
export {
  type ChangeProfileRequest,
  changeProfileRequest,
  type RegisterUserRequest,
  registerUserRequest,
  type UserDelta,
  type UserResponse,
  userDelta,
  userResponse,
} from './user.ts';
