import { describe, expect, it } from 'vitest';
import { requestHeaders } from './request-headers.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function passed(incoming: Record<string, string>): Record<string, string> {
  const flat = requestHeaders(incoming, TRACE);
  const entries = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as const] : []));
  expect(new Set(entries.map(([name]) => name)).size).toBe(entries.length);
  return Object.fromEntries(entries) as Record<string, string>;
}

describe('requestHeaders', () => {
  it('passes on what belongs to the request, and the trace', () => {
    const own = {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': 'k1',
      'x-meridian-consistency': 'session',
      'x-meridian-token': 't',
      'x-request-id': 'r',
    };
    expect(passed(own)).toEqual({ ...own, traceparent: TRACE });
  });

  it.each([
    'baggage',
    'cf-ipcountry',
    'connection',
    'expect',
    'forwarded',
    'keep-alive',
    'proxy-authorization',
    'te',
    'tracestate',
    'transfer-encoding',
    'true-client-ip',
    'upgrade',
    'x-client-location',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-http-method-override',
    'x-meridian-epoch',
    'x-meridian-forwarded-by',
    'x-meridian-region',
    'x-meridian-trace-id',
    'x-meridian-',
    'x-real-ip',
    'x-region',
    'x-region-override',
  ])('keeps %s of a client to itself', (name) => {
    expect(passed({ [name]: 'spoofed' })).toEqual({ traceparent: TRACE });
  });

  it('replaces the trace that a client sent', () => {
    expect(passed({ traceparent: '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01' })).toEqual({
      traceparent: TRACE,
    });
  });

  it('drops what Connection names, but never what the edge itself adds', () => {
    expect(
      passed({ connection: 'close, X-Own , traceparent, x-meridian-region', 'x-own': '1', accept: '*/*' }),
    ).toEqual({ accept: '*/*', traceparent: TRACE });
  });
});
