import type { IncomingHttpHeaders } from 'node:http';
import { recordFailure, traceparentOf, tracer } from '@meridian/telemetry';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { Agent, request } from 'undici';
import { wasNeverSent } from './was-never-sent.ts';

/**
 * Hands a whole request on to the same service of another region, and its answer back as it is: for who cannot answer it
 * here. Unlike a call, it has no contract of its own; what the other side says, refusals included, is the answer.
 */
export interface Forwarder {
  /** Never rejects for what the network or the other side does. */
  forward(request: ForwardedRequest): Promise<ForwardOutcome>;
  close(): Promise<void>;
}

export interface ForwardedRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** The span's name beside the method: the path with `{name}` in place of ids. */
  route: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  /** Until the whole answer is here. */
  timeoutMs: number;
}

/** `unreached`: nothing was sent. `lost`: what became of the request is not known. */
export type ForwardOutcome =
  | { ok: true; status: number; headers: IncomingHttpHeaders; body: Buffer }
  | { ok: false; why: 'unreached' | 'lost' | 'timeout' };

const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

export function createForwarder({ baseUrl, region }: { baseUrl: string; region: string }): Forwarder {
  const agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, maxResponseSize: MAX_RESPONSE_BYTES });
  const { hostname, port } = new URL(baseUrl);

  return {
    async forward({ method, path, route, headers, body, timeoutMs }) {
      const within = AbortSignal.timeout(Math.ceil(timeoutMs));
      const span = tracer('region-client').startSpan(`${method} ${route}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'server.address': hostname,
          'server.port': Number(port),
          'meridian.peer.region': region,
          'meridian.forwarded': true,
        },
      });
      try {
        const answer = await context.with(trace.setSpan(context.active(), span), async () => {
          const {
            statusCode,
            headers: said,
            body: bytes,
          } = await request(`${baseUrl}${path}`, {
            dispatcher: agent,
            method: method as 'GET',
            headers: { ...headers, traceparent: traceparentOf(span) },
            body: body ?? null,
            signal: within,
          });
          return { status: statusCode, headers: said, body: Buffer.from(await bytes.arrayBuffer()) };
        });
        span.setAttribute('http.response.status_code', answer.status);
        return { ok: true, ...answer };
      } catch (failure) {
        recordFailure(span, failure);
        const { name, code = '' } = failure as { name?: string; code?: string };
        if (wasNeverSent(code)) return { ok: false, why: 'unreached' };
        return { ok: false, why: name === 'TimeoutError' ? 'timeout' : 'lost' };
      } finally {
        span.end();
      }
    },
    close: () => agent.close(),
  };
}
