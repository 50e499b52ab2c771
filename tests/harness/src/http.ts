import { request } from 'undici';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape and assert on what they read
  body: any;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  timeoutMs?: number;
}

/** One HTTP call. Resolves for every status; rejects when no answer came (refused, reset, timed out). */
export async function http(url: string, call: Call = {}): Promise<Answer> {
  const timeoutMs = call.timeoutMs ?? 10_000;
  const { statusCode, headers, body } = await request(url, {
    method: call.method ?? 'GET',
    headers: { ...(call.body === undefined ? {} : { 'content-type': 'application/json' }), ...call.headers },
    body: call.body === undefined ? null : typeof call.body === 'string' ? call.body : JSON.stringify(call.body),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await body.text();
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const isJson = /json/.test(flat['content-type'] ?? '');
  return { status: statusCode, headers: flat, body: isJson && text ? JSON.parse(text) : text };
}
