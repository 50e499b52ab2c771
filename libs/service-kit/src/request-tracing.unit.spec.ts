import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { eventually } from '@meridian/testing';
import { type Attributes, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTinyService, handled, slow } from './tiny-service.fixture.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${PARENT}-01`;

/** What of the SDK's span can be read. */
interface SeenSpan {
  name: string;
  kind: SpanKind;
  ended: boolean;
  attributes: Attributes;
  status: { code: SpanStatusCode };
  parentSpanContext?: SpanContext;
}
const span = () => handled.span as unknown as SeenSpan;

let tiny: Awaited<ReturnType<typeof createTinyService>>;
beforeAll(async () => {
  tiny = await createTinyService();
});
afterAll(() => tiny.close());
beforeEach(() => {
  delete handled.span;
});

const get = (url: string, headers: Record<string, string> = { traceparent: SAMPLED }) =>
  tiny.app.inject({ method: 'GET', url, headers });

it('a request is a server span below the caller’s, named by method and route', async () => {
  const id = randomUUID();
  await get(`/things/${id}?secret=1`);
  expect(span()).toMatchObject({ name: 'GET /things/:id', kind: SpanKind.SERVER, ended: true });
  expect(span().parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT, isRemote: true });
  expect(span().attributes).toEqual({
    'http.request.method': 'GET',
    'http.route': '/things/:id',
    'url.path': `/things/${id}`,
    'http.response.status_code': 200,
  });
});

it('is active where the request is handled, also when its body came long after its head, over a shared connection', async () => {
  await tiny.app.listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = `${tiny.url}/things`;
  for (const last of ['1', '2']) {
    const traceId = TRACE.replace(/.$/, last);
    const headers = { 'content-type': 'application/json', traceparent: `00-${traceId}-${PARENT}-01` };
    const posted = request(url, { method: 'POST', headers, agent });
    posted.flushHeaders();
    posted.write('{"name":');
    // A round trip on another connection: by then the head has been read.
    await (await fetch(`${tiny.url}/health/live`)).text();
    posted.end('"x"}');
    const [answer] = (await once(posted, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    expect([answer.statusCode, answer.headers['x-meridian-trace-id']]).toEqual([201, traceId]);
    expect(handled.span?.spanContext().traceId).toBe(traceId);
  }
  agent.destroy();
});

it('is an error for a fault of ours', async () => {
  await get('/broken');
  expect(span().attributes['http.response.status_code']).toBe(500);
  expect(span().status.code).toBe(SpanStatusCode.ERROR);
});

it('is an error when the caller goes away before the answer', async () => {
  const url = `${tiny.url}/slow`;
  const asked = request(url, { headers: { traceparent: SAMPLED } }).on('error', () => undefined);
  asked.end();
  await slow.arrived();
  asked.destroy();
  await eventually(() => expect(span().ended).toBe(true), { withinMs: 3_000 });
  slow.release();
  expect(span().status.code).toBe(SpanStatusCode.ERROR);
  expect(span().attributes['http.response.status_code']).toBeUndefined();
});

it('that nobody called for begins a trace, and says which', async () => {
  const answer = await get(`/things/${randomUUID()}`, {});
  expect(span().parentSpanContext).toBeUndefined();
  expect(answer.headers['x-meridian-trace-id']).toBe(handled.span?.spanContext().traceId);
});

it('of a trace that is not recorded records nothing, and hands it on', async () => {
  await get(`/things/${randomUUID()}`, { traceparent: SAMPLED.replace(/01$/, '00') });
  expect(handled.span?.isRecording()).toBe(false);
  expect(handled.span?.spanContext()).toMatchObject({ traceId: TRACE, traceFlags: 0 });
});

it('is none for what is asked every second', async () => {
  expect((await get('/health/ready')).headers['x-meridian-trace-id']).toBeUndefined();
});
