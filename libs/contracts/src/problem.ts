import type { RoutingTable } from '@meridian/regions';

/**
 * RFC 9457 problem details. The table is the whole list of what a caller can be told; `type` is stable and is what
 * programs switch on, `detail` is one plain sentence for people.
 */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request could not be read' },
  'invalid-request': { status: 400, title: 'The request does not match its schema' },
  'idempotency-key-missing': { status: 400, title: 'An Idempotency-Key header is required' },
  'payment-declined': { status: 402, title: 'The payment was declined' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'email-taken': { status: 409, title: 'The e-mail address belongs to another user' },
  'not-reappliable': { status: 409, title: 'There is nothing to write again' },
  'already-exists': { status: 409, title: 'The resource exists already' },
  'request-in-progress': { status: 409, title: 'A request with this Idempotency-Key is being processed' },
  'insufficient-stock': { status: 409, title: 'There is not enough stock' },
  'order-state-conflict': { status: 409, title: 'The order is not in a state that allows this' },
  'epoch-superseded': { status: 409, title: 'Another decision has won this epoch' },
  'refused-by-life-cycle': { status: 409, title: 'The regions are not in a state that allows this' },
  'already-at-home': { status: 409, title: 'They are at home there already' },
  'home-out-of-service': { status: 409, title: 'Nobody can be at home in a region that takes no writes' },
  'consumer-group-has-members': { status: 409, title: 'The consumer group has members, who alone may move it' },
  'concurrent-change': { status: 409, title: 'The resource was changed at the same time' },
  'stale-epoch': { status: 409, title: 'It was sent under an epoch that is over' },
  'payload-too-large': { status: 413, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type is not supported' },
  'unknown-region': { status: 422, title: 'There is no such region' },
  'unknown-sku': { status: 422, title: 'A line names a product that does not exist' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used with another request' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  'upstream-error': { status: 502, title: 'A service behind this one answered wrongly' },
  'no-majority': { status: 503, title: 'No majority of regions can be reached' },
  'region-not-serving': { status: 503, title: 'This region may not answer this now' },
  'region-not-writable': { status: 503, title: 'This region may not take writes now' },
  'region-unavailable': { status: 503, title: 'No region can serve this request' },
  'consistency-unavailable': { status: 503, title: 'The consistency asked for cannot be given now' },
  overloaded: { status: 503, title: 'There are more requests than can be taken' },
  'service-unavailable': { status: 503, title: 'The service cannot serve this request now' },
  'payment-outcome-unknown': { status: 504, title: 'It is not known yet whether the payment was made' },
  'upstream-timeout': { status: 504, title: 'A service behind this one did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  /** The path of the request. */
  instance?: string;
  traceId?: string;
  /** For `invalid-request`: what is wrong and where, as JSON pointers. */
  errors?: { pointer: string; detail: string }[];
  /** For `epoch-superseded`: the routing table in force. */
  table?: RoutingTable;
  /** For `refused-by-life-cycle`: which rule refuses. For `no-majority`: `NotBegun`, or `MayStillWin`. */
  reason?: string;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export function problemTypeUri(name: ProblemName): string {
  return `urn:meridian:problem:${name}`;
}

/** Which of these a problem is; undefined when it is none of them. */
export function problemAmong(names: readonly ProblemName[], { type }: Problem): ProblemName | undefined {
  return names.find((name) => problemTypeUri(name) === type);
}

export function problem(name: ProblemName, members: Omit<Problem, 'type' | 'title' | 'status'> = {}): Problem {
  return { type: problemTypeUri(name), ...PROBLEMS[name], ...members };
}
