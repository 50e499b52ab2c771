import {
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemName,
  problem,
  problemTypeUri,
} from '@meridian/contracts';
import { recordFailure, traceparentOf, tracer } from '@meridian/telemetry';
import { context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { Agent, request } from 'undici';
import type { z } from 'zod';

/**
 * Calls from one service to another, in its own region or another one. What a caller needs of such a call is always the
 * same: an upper bound on the wait, the trace carried on, and one shape for everything that can go wrong. So a refusal of
 * the other side and a network that broke are both a problem (RFC 9457) and are returned, not thrown: a caller that
 * forgets the network does not compile.
 *
 * Source: W3C Trace Context; OpenTelemetry's HTTP semantic conventions.
 * Limits: JSON bodies only, held whole in memory. A call is repeated once at most, and only when it says that it may be.
 */
export interface RegionClient {
  /** Never rejects for what the network or the other side does. */
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<CallOutcome<z.output<Schema>>>;
  /** Waits for calls under way, then closes the connections. */
  close(): Promise<void>;
}

export interface RegionClientOptions {
  /** Of the service that is called, e.g. `http://127.0.0.1:21002`. */
  baseUrl: string;
  /** Where that service is; stands on the span. */
  region: string;
  /** From the call until its whole answer is here, a repetition included. */
  timeoutMs: number;
  /** Headers that go with every call, and come back with its answer: what a caller carries along beside the trace. */
  carry?: {
    headers(): Record<string, string>;
    answered(headers: Readonly<Record<string, string | undefined>>): void;
    /** After an answer that says that nothing was done (409, `stale-epoch`): whether it is worth asking once more by then. */
    askAgain?(headers: Readonly<Record<string, string | undefined>>, withinMs: number): Promise<boolean>;
  };
}

export interface Call<Schema extends z.ZodType> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Also the span's name, unless `route` is given. */
  path: string;
  /** The path with `{name}` in place of ids, so that spans of one operation have one name. */
  route?: string;
  body?: unknown;
  /** Doing it twice does no more than doing it once: it is sent again when its connection breaks before an answer. */
  repeatable?: boolean;
  responseSchema: Schema;
}

export type CallOutcome<T> =
  | { ok: true; status: number; body: T }
  /** `sentTwice`: it was repeated, and the problem is the answer to the second; the first may have taken effect. */
  | { ok: false; problem: Problem; sentTwice?: true };

const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

export function createRegionClient({ baseUrl, region, timeoutMs, carry }: RegionClientOptions): RegionClient {
  const agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, maxResponseSize: MAX_RESPONSE_BYTES });
  const spans = tracer('region-client');
  const { hostname, port } = new URL(baseUrl);

  async function send(call: Call<z.ZodType>, span: Span, signal: AbortSignal): Promise<Answer> {
    const options: Parameters<typeof request>[1] = {
      dispatcher: agent,
      method: call.method,
      headers: {
        ...carry?.headers(),
        accept: `application/json, ${PROBLEM_MEDIA_TYPE}`,
        traceparent: traceparentOf(span),
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { statusCode, headers, body } = await request(`${baseUrl}${call.path}`, options);
        const said = headers as Record<string, string | undefined>;
        carry?.answered(said);
        return { status: statusCode, text: await body.text(), headers: said, isRepeated: attempt > 1 };
      } catch (failure) {
        if (!call.repeatable || attempt > 1 || signal.aborted) throw failure;
        span.addEvent('the connection broke; sent again');
      }
    }
  }

  return {
    async call(call) {
      const span = spans.startSpan(`${call.method} ${call.route ?? call.path}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': call.method,
          'server.address': hostname,
          'server.port': Number(port),
          'meridian.peer.region': region,
        },
      });
      try {
        const within = AbortSignal.timeout(timeoutMs);
        const untilMs = performance.now() + timeoutMs;
        const inCall = () => context.with(trace.setSpan(context.active(), span), () => send(call, span, within));
        let answer = await inCall();
        if (isStale(answer) && (await carry?.askAgain?.(answer.headers, untilMs - performance.now()))) {
          span.addEvent('a newer epoch is known here now; sent again');
          const { isRepeated } = answer;
          answer = await inCall();
          answer.isRepeated ||= isRepeated;
        }
        span.setAttribute('http.response.status_code', answer.status);
        const outcome = outcomeOf(answer, call.responseSchema);
        return outcome.ok || !answer.isRepeated ? outcome : { ...outcome, sentTwice: true };
      } catch (failure) {
        recordFailure(span, failure);
        return { ok: false, problem: brokenCall(failure, region, timeoutMs) };
      } finally {
        span.end();
      }
    },
    close: () => agent.close(),
  };
}

interface Answer {
  status: number;
  text: string;
  headers: Readonly<Record<string, string | undefined>>;
  isRepeated: boolean;
}

const STALE_EPOCH = problemTypeUri('stale-epoch');

function isStale({ status, text }: Answer): boolean {
  const json = status === PROBLEMS['stale-epoch'].status ? parsed(text) : undefined;
  return isProblem(json) && json.type === STALE_EPOCH;
}

function outcomeOf<Schema extends z.ZodType>({ status, text }: Answer, schema: Schema): CallOutcome<z.output<Schema>> {
  const json = parsed(text);
  if (status >= 400) {
    if (isProblem(json)) return { ok: false, problem: json };
    return { ok: false, problem: upstream('upstream-error', `It answered ${status} without saying why.`) };
  }
  const body = schema.safeParse(json);
  if (body.success) return { ok: true, status, body: body.data };
  return { ok: false, problem: upstream('upstream-error', 'It answered in a shape that is not its contract.') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(json: unknown): json is Problem {
  if (typeof json !== 'object' || json === null) return false;
  const { type, title, status } = json as Partial<Record<keyof Problem, unknown>>;
  return typeof type === 'string' && typeof title === 'string' && typeof status === 'number';
}

function upstream(name: ProblemName, detail: string): Problem {
  return problem(name, { detail });
}

function brokenCall(failure: unknown, region: string, timeoutMs: number): Problem {
  const { name, code = '' } = failure as { name?: string; code?: string };
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return upstream('upstream-timeout', `A service in ${region} did not answer within ${timeoutMs} ms.`);
  return upstream('service-unavailable', `A service in ${region} cannot be reached${code ? ` (${code})` : ''}.`);
}
