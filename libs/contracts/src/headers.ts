/** HTTP headers of Meridian's own. Of these a client may send only the first three; the edge strips every other `x-meridian-*`. */
export const HEADERS = {
  consistency: 'x-meridian-consistency',
  token: 'x-meridian-token',
  clientLocation: 'x-client-location',
  /** Answer: the region that served the request. */
  region: 'x-meridian-region',
  /** Answer: how many regions were tried before this one answered; absent when the first one did. */
  retries: 'x-meridian-retries',
  /** Answer: the trace of this request, whether sampled or not. */
  traceId: 'x-meridian-trace-id',
  idempotencyKey: 'idempotency-key',
  /** Answer: `true` when the result is that of an earlier request with the same key. */
  idempotentReplayed: 'idempotent-replayed',
} as const;
