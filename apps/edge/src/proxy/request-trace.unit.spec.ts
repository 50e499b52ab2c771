import { firstRoutingTable, regionIds } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge, topology } from '../testing/start-edge.ts';
import { TinyControl } from '../testing/tiny-control.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('the trace of a request', () => {
  const ended: ReadableSpan[] = [];
  let running: RunningEdge;
  beforeAll(async () => {
    const processor: SpanProcessor = {
      onStart: () => {},
      onEnd: (span) => ended.push(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
    running = await startEdge({ probe: { intervalMs: 60_000, timeoutMs: 400 } });
  });
  beforeEach(() => {
    ended.length = 0;
    for (const region of [running.us, running.eu, running.ap]) {
      region.behaviour = 'serve';
      region.seen.length = 0;
    }
  });
  afterAll(() => running.stop());

  const spans = (count: number) =>
    eventually(
      () => {
        expect(ended.length).toBe(count);
        const server = ended.find(({ kind }) => kind === SpanKind.SERVER);
        const clients = ended.filter(({ kind }) => kind === SpanKind.CLIENT);
        expect(server).toBeDefined();
        return { server: server as ReadableSpan, clients };
      },
      { withinMs: 1_000, everyMs: 5 },
    );

  it('has a span of the request and one of the region, which is the parent of what happens there', async () => {
    const answer = await running.ask('/orders', { method: 'POST', headers: { 'x-client-location': 'IE' } });
    const { server, clients } = await spans(2);
    expect(server).toMatchObject({
      name: 'POST /orders',
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'http.route': '/orders',
        'meridian.edge.attempts': 1,
        'meridian.edge.location': 'country',
        'meridian.edge.reason': 'nearest',
        'meridian.edge.region': 'eu-west',
        'meridian.epoch': 0,
        'meridian.mode': 'active-active',
      },
    });
    expect(clients[0]).toMatchObject({
      name: 'edge → eu-west',
      attributes: { 'meridian.link': 'edge->eu-west/order', 'http.response.status_code': 200 },
    });
    const { traceId } = server.spanContext();
    expect(clients[0]?.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect(answer.headers['x-meridian-trace-id']).toBe(traceId);
    expect(running.eu.seen[0]?.headers.traceparent).toBe(`00-${traceId}-${clients[0]?.spanContext().spanId}-01`);
  });

  it('says why a nearer region was passed over, and by which table', async () => {
    const control = new TinyControl(firstRoutingTable(regionIds(topology)));
    control.decide({ kind: 'drain', region: 'eu-west' });
    await control.start();
    const other = await startEdge({ probe: { intervalMs: 60_000, timeoutMs: 400 } }, [control.address]);
    await other.ask('/orders/1', { headers: { 'x-client-location': 'IE' } });
    const { server } = await spans(2);
    expect(server.attributes).toMatchObject({
      'meridian.edge.reason': 'out-of-service',
      'meridian.edge.passed_over': ['eu-west: out-of-service'],
      'meridian.epoch': 1,
    });
    await other.stop();
    await control.stop();
  });

  it('says that a nearer region is out for its errors', async () => {
    const outlier = { failureRatio: 0.5, minRequests: 1, baseMs: 60_000, longestMs: 60_000, largestPart: 0.5 };
    const other = await startEdge({ probe: { intervalMs: 60_000, timeoutMs: 400 }, outlier });
    other.eu.behaviour = { status: 500 };
    await other.ask('/orders/1', { headers: { 'x-client-location': 'IE' } });
    await spans(2);
    ended.length = 0;
    await other.ask('/orders/1', { headers: { 'x-client-location': 'IE' } });
    const { server } = await spans(2);
    expect(server.attributes).toMatchObject({
      'meridian.edge.reason': 'unhealthy',
      'meridian.edge.passed_over': ['eu-west: ejected'],
    });
    await other.stop();
  });

  it('says when a nearer region had no room', async () => {
    const load = { maxInFlight: 10, readsPart: 1, maxInFlightPerUpstream: 1, slowMs: 60_000 };
    const other = await startEdge({ probe: { intervalMs: 60_000, timeoutMs: 400 }, load });
    other.eu.behaviour = (_, response) => setTimeout(() => response.writeHead(200).end(), 300);
    const first = other.ask('/orders/1', { method: 'PATCH', headers: { 'x-client-location': 'IE' } });
    await eventually(() => expect(other.eu.seen.length).toBe(1), { withinMs: 1_000 });
    await other.ask('/orders/1', { headers: { 'x-client-location': 'IE' } });
    const { server } = await spans(2);
    expect(server.attributes['meridian.edge.region']).toBe('us-east');
    expect(server.events.map(({ name }) => name)).toEqual(['eu-west has as many as it can take']);
    await first;
    await other.stop();
  });

  it('names paths by what they are and not by whose they are', async () => {
    await running.ask('/users/7b1e?email=a@example.org');
    const { server } = await spans(2);
    expect(server.name).toBe('GET /users/*');
    expect(JSON.stringify(ended.map(({ name, attributes }) => [name, attributes]))).not.toMatch(/7b1e|example/);
  });

  it('says each try and why it failed', async () => {
    running.eu.behaviour = (request) => request.socket.destroy();
    await running.ask('/orders/1', { headers: { 'x-client-location': 'IE' } });
    const { server, clients } = await spans(3);
    expect(server.attributes).toMatchObject({ 'meridian.edge.attempts': 2, 'meridian.edge.region': 'us-east' });
    expect(clients.map(({ name }) => name)).toEqual(['edge → eu-west', 'edge → us-east']);
    expect(clients[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'connection lost' });
    expect(running.us.seen[0]?.headers.traceparent).toContain(clients[1]?.spanContext().spanId);
  });

  it('goes on with the trace that a client brings', async () => {
    const answer = await running.ask('/orders', { headers: { traceparent: `00-${TRACE_ID}-${PARENT}-01` } });
    const { server } = await spans(2);
    expect(answer.headers['x-meridian-trace-id']).toBe(TRACE_ID);
    expect(server.parentSpanContext?.spanId).toBe(PARENT);
  });

  it('costs no spans when the client says that it is not recorded, and is passed on all the same', async () => {
    const answer = await running.ask('/orders', { headers: { traceparent: `00-${TRACE_ID}-${PARENT}-00` } });
    expect(answer.headers['x-meridian-trace-id']).toBe(TRACE_ID);
    expect(running.us.seen[0]?.headers.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
    expect(ended).toEqual([]);
  });

  it.each(['00-00000000000000000000000000000000-b7ad6b7169203331-01', 'rubbish', `01-${TRACE_ID}`])(
    'begins anew when what the client brings is not valid: %s',
    async (traceparent) => {
      const answer = await running.ask('/orders', { headers: { traceparent } });
      expect(answer.headers['x-meridian-trace-id']).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(answer.headers['x-meridian-trace-id']).not.toBe(TRACE_ID);
    },
  );

  it('is named in what the edge refuses', async () => {
    const answer = await running.ask('/orders', { headers: { 'x-client-location': 'Atlantis' } });
    expect(answer.json.traceId).toBe(answer.headers['x-meridian-trace-id']);
    await eventually(() => expect(ended[0]?.attributes['http.response.status_code']).toBe(400), { withinMs: 500 });
  });

  it('is not made for what the edge answers about itself', async () => {
    for (const path of ['/', '/status', '/health/live', '/health/ready', '/openapi.json', '/nowhere'])
      await running.ask(path);
    expect(ended).toEqual([]);
  });
});
