import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { HEADERS } from '@meridian/contracts';
import { namedByConnection } from './request-headers.ts';

/** Of one connection only, or written by the edge. */
const DROPPED = new Set<string>([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  HEADERS.epoch,
  HEADERS.region,
  HEADERS.retries,
  HEADERS.traceId,
]);

/** What of a region's answer goes on to the client, and what the edge says about it. */
export function answerHeaders(incoming: IncomingHttpHeaders, own: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const named = incoming.connection === undefined ? undefined : namedByConnection(incoming.connection);
  const outgoing: OutgoingHttpHeaders = {};
  for (const name in incoming) if (!DROPPED.has(name) && !named?.has(name)) outgoing[name] = incoming[name];
  return Object.assign(outgoing, own);
}
