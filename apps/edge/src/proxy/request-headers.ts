import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '@meridian/contracts';

/**
 * What of a client's headers goes on to a region. The edge is where trust begins, so whatever the inside believes is
 * taken off here: who the client is said to be, which region was chosen, `baggage` (unbounded, and it would travel through
 * every event), and every `x-meridian-*` that is not a client's to send. What belongs to one connection only is taken off
 * too (RFC 9110, 7.6.1).
 */

const OF_ONE_CONNECTION = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Written anew for the upstream, or done with here. */
const OF_THIS_HOP = ['content-length', 'expect', 'host', 'traceparent', HEADERS.clientLocation];
const NOT_BELIEVED = [
  'baggage',
  'fastly-client-ip',
  'forwarded',
  'tracestate',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
];
const NOT_BELIEVED_PREFIXES = ['x-meridian-', 'x-forwarded-', 'x-region', 'x-envoy-', 'cf-'];
const BELIEVED = new Set<string>([HEADERS.consistency, HEADERS.token]);
const DROPPED = new Set<string>([...OF_ONE_CONNECTION, ...OF_THIS_HOP, ...NOT_BELIEVED]);

/** A flat list of names and values, as undici takes it without building more. */
export function requestHeaders(incoming: IncomingHttpHeaders, traceparent: string | undefined): string[] {
  const named = incoming.connection === undefined ? undefined : namedByConnection(incoming.connection);
  const outgoing: string[] = [];
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || DROPPED.has(name) || isNotBelieved(name) || named?.has(name)) continue;
    outgoing.push(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // After all that a client can name in `Connection`: what the edge adds cannot be taken off by a client.
  if (traceparent !== undefined) outgoing.push('traceparent', traceparent);
  return outgoing;
}

function isNotBelieved(name: string): boolean {
  const first = name.charCodeAt(0);
  if (first !== 120 /* x */ && first !== 99 /* c */) return false;
  return !BELIEVED.has(name) && NOT_BELIEVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The names in a `Connection` header that stand for other headers. Nearly every request has none. */
export function namedByConnection(connection: string | string[]): ReadonlySet<string> | undefined {
  if (connection === 'keep-alive' || connection === 'close') return undefined;
  const names = String(connection).toLowerCase().split(',');
  return new Set(names.map((name) => name.trim()));
}
