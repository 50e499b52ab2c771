/** HTTP headers of Meridian's own. Of these a client may send only the first three; the edge strips every other `x-meridian-*`. */
export const HEADERS = {
  /** Request: the level that is asked for. Answer: the one that was reached. */
  consistency: 'x-meridian-consistency',
  /** What a session has made and seen. Opaque: send back what was answered last. */
  token: 'x-meridian-token',
  clientLocation: 'x-client-location',
  /** Answer: the region that served the request. */
  region: 'x-meridian-region',
  /** Answer: how old what was read may be, as far as other regions' writes go; absent when that is not known. */
  stalenessMs: 'x-meridian-staleness-ms',
  /** Between regions: who could not answer the request and has handed it on. */
  forwardedBy: 'x-meridian-forwarded-by',
  /** Between regions, of what was forwarded to a home: the reading of the move by which the sender knows it; absent where it never moved. */
  homeMoved: 'x-meridian-home-moved',
  /**
   * Request, from the edge and between regions: under which epoch it was sent here. Answer: the newest epoch known here, when
   * that is why it was refused.
   */
  epoch: 'x-meridian-epoch',
  /** Answer: how many regions were tried before this one answered; absent when the first one did. */
  retries: 'x-meridian-retries',
  /** Answer: the trace of this request, whether sampled or not. */
  traceId: 'x-meridian-trace-id',
  idempotencyKey: 'idempotency-key',
  /** Answer: `true` when the result is that of an earlier request with the same key. */
  idempotentReplayed: 'idempotent-replayed',
} as const;
