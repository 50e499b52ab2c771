import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';

/** What went wrong before there was an answer, in words; no exception and no stack for what networks do every day. */
export type Unreachable = { ok: false; reason: 'refused' | 'timeout' | 'broken'; detail: string };
export type Answer = { ok: true; status: number; headers: Record<string, string | undefined>; body: unknown };

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export interface Http {
  call(call: Call): Promise<Answer | Unreachable>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 5_000;

export function createHttp(): Http {
  const agent = new Agent({ connections: 64, connect: { timeout: 2_000 }, keepAliveTimeout: 10_000 });
  return {
    async call({ method = 'GET', url, body, headers, timeoutMs = DEFAULT_TIMEOUT_MS }) {
      try {
        const response = await request(url, {
          dispatcher: agent,
          method,
          headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.timeout(timeoutMs),
        });
        const text = await response.body.text();
        return { ok: true, status: response.statusCode, headers: singleValues(response.headers), body: parsed(text) };
      } catch (error) {
        return unreachable(error, timeoutMs);
      }
    },
    close: () => agent.close(),
  };
}

/**
 * A `traceparent` that says "not sampled": requests that only set up or look on (seeding, polling) leave no spans,
 * however much the rest is traced.
 */
export function unsampledTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

/** What a problem+json answer (RFC 9457) says, as one sentence; any other body by its status. */
export function problemSentence(answer: Answer): string {
  const body = answer.body as { title?: unknown; detail?: unknown; errors?: unknown } | null;
  const text =
    typeof body?.detail === 'string' ? body.detail : typeof body?.title === 'string' ? body.title : undefined;
  const errors = Array.isArray(body?.errors)
    ? body.errors.map((e: { pointer?: string; detail?: string }) => `${e.pointer ?? ''} ${e.detail ?? ''}`.trim())
    : [];
  const sentence = [text ?? 'no reason given', ...errors].join('; ');
  return `${sentence.replace(/\.$/, '')} (HTTP ${answer.status})`;
}

function singleValues(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(error: unknown, timeoutMs: number): Unreachable {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (code === 'ECONNREFUSED') return { ok: false, reason: 'refused', detail: 'nothing listens there' };
  if (name === 'TimeoutError' || code?.includes('TIMEOUT'))
    return { ok: false, reason: 'timeout', detail: `no answer within ${timeoutMs} ms` };
  return { ok: false, reason: 'broken', detail: message || code || 'the connection broke' };
}
