import { gzipSync } from 'node:zlib';
import { createLogger } from '@meridian/service-kit/process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Console, createConsole } from './console.ts';

const SPAN = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'POST /orders',
  startTimeUnixNano: '1795600000000000000',
  endTimeUnixNano: '1795600000001000000',
};
const RESOURCE = { attributes: [{ key: 'service.name', value: { stringValue: 'order' } }] };
const exportOf = (...spans: unknown[]) => ({ resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ spans }] }] });

let running: Console;
beforeEach(() => {
  running = createConsole(createLogger('console', { level: 'silent' }));
});
afterEach(() => running.stop());

const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  running.collector.inject({
    method: 'POST',
    url: '/v1/traces',
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
const ask = (url: string) => running.query.inject(url);

describe('the collector', () => {
  it('takes an export, plain or packed', async () => {
    const answer = await post(JSON.stringify(exportOf(SPAN)));
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({ status: 200, body: { partialSuccess: {} } });
    const packed = gzipSync(JSON.stringify(exportOf({ ...SPAN, spanId: '1111111111111111' })));
    expect((await post(packed, { 'content-encoding': 'gzip' })).statusCode).toBe(200);
    expect((await ask(`/api/traces/${SPAN.traceId}`)).json().data[0].spans).toHaveLength(2);
  });

  it('keeps what it can read of a batch and says how much it could not', async () => {
    const answer = await post(JSON.stringify(exportOf({ ...SPAN, spanId: 'zz' }, SPAN)));
    expect(answer.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: 'spanId: an id is 16 hex digits' },
    });
  });

  const tooLong = `{"resourceSpans":"${'x'.repeat(4 * 1024 * 1024)}"}`;
  it.each([
    [400, 'malformed-request', 'what is not JSON', '{"resourceSpans":[', {}],
    [400, 'malformed-request', 'an empty body', '', {}],
    [400, 'invalid-request', 'JSON that is no export', '{"resourceSpans":[{"scopeSpans":7}]}', {}],
    [400, 'malformed-request', 'what is not gzip', 'PK', { 'content-encoding': 'gzip' }],
    [413, 'payload-too-large', 'more than 4 MiB', tooLong, {}],
    [413, 'payload-too-large', 'what unpacks to more than 4 MiB', gzipSync(tooLong), { 'content-encoding': 'gzip' }],
    [415, 'unsupported-media-type', 'protobuf', 'x', { 'content-type': 'application/x-protobuf' }],
    [415, 'unsupported-media-type', 'a packing it does not know', 'x', { 'content-encoding': 'br' }],
  ])('refuses with %i (%s) %s', async (status, name, _what, body, headers) => {
    const answer = await post(body, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json()).toMatchObject({ type: `urn:meridian:problem:${name}`, status, instance: '/v1/traces' });
  });

  it('says where an export is wrong', async () =>
    expect((await post('{"resourceSpans":[{"scopeSpans":7}]}')).json().errors[0].pointer).toBe(
      '/resourceSpans/0/scopeSpans',
    ));
});

describe('the query API', () => {
  const nothing = { data: null, total: 0, limit: 0, offset: 0 };

  it('says in Jaeger’s shape that it knows no such trace, or that an id is none', async () => {
    const unknown = await ask('/api/traces/00000000000000000000000000000001');
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json()).toEqual({ ...nothing, errors: [{ code: 404, msg: 'trace not found' }] });
    expect((await ask('/api/traces/zz')).statusCode).toBe(400);
  });

  it('refuses a search in Jaeger’s shape', async () => {
    const refused = await ask('/api/traces');
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toEqual({ ...nothing, errors: [{ code: 400, msg: "parameter 'service' is required" }] });
  });

  it('answers services, operations and searches in Jaeger’s envelope', async () => {
    await post(JSON.stringify(exportOf({ ...SPAN, kind: 2 })));
    expect((await ask('/api/services')).json()).toEqual({ ...nothing, data: ['order'], total: 1, errors: null });
    expect((await ask('/api/services/order/operations')).json().data).toEqual(['POST /orders']);
    expect((await ask('/api/operations?service=order')).json().data).toEqual([
      { name: 'POST /orders', spanKind: 'server' },
    ]);
    expect((await ask('/api/operations?service=order&spanKind=client')).json().data).toBeNull();
    const found = (await ask('/api/traces?service=order&start=0')).json();
    expect(found).toMatchObject({ total: 0, limit: 0, offset: 0, errors: null });
    expect(found.data.map((trace: { traceID: string }) => trace.traceID)).toEqual([SPAN.traceId]);
    expect((await ask('/api/traces?service=nobody')).json()).toEqual({ ...nothing, data: [], errors: null });
  });

  it('is not ready before the collector listens', async () => {
    expect((await ask('/health/live')).statusCode).toBe(200);
    expect((await ask('/health/ready')).statusCode).toBe(503);
    await running.collector.listen({ host: '127.0.0.1', port: 0 });
    expect((await ask('/health/ready')).json()).toMatchObject({ status: 'ready', store: { traces: 0 } });
  });
});
