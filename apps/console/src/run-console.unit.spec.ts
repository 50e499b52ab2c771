import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JaegerSpan, JaegerTrace } from './query/trace-to-jaeger.ts';

/**
 * The process as the runner starts it, and what OpenTelemetry's own exporter sends it from other processes, each with
 * `@meridian/telemetry/register` as the services have it. Sources run as they are: Node strips the types.
 */
const appDir = fileURLToPath(new URL('..', import.meta.url));
const NODE_FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--max-old-space-size=128'];

let running: ChildProcess;
let queryUrl: string;
let otlpUrl: string;

beforeAll(async () => {
  const [port, otlpPort] = [await freePort(), await freePort()];
  queryUrl = `http://127.0.0.1:${port}`;
  otlpUrl = `http://127.0.0.1:${otlpPort}`;
  const env = { PATH: process.env.PATH, MERIDIAN_TOPOLOGY: 'none', PORT: String(port), OTLP_PORT: String(otlpPort) };
  running = spawn(process.execPath, [...NODE_FLAGS, 'src/main.ts'], { cwd: appDir, env, stdio: 'pipe' });
  await eventually(async () => expect((await fetch(`${queryUrl}/health/ready`)).status).toBe(200), {
    withinMs: 30_000,
  });
}, 40_000);
afterAll(() => running.kill('SIGKILL'));

/** Runs a program with tracing on, as a service of a region. */
async function runTraced(program: string, env: Record<string, string>): Promise<void> {
  const imports = `import { inSpan, tracer, contextFromTraceparent, shutdownTelemetry } from '@meridian/telemetry';`;
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      '--import',
      '@meridian/telemetry/register',
      '--input-type=module',
      '--eval',
      `${imports}${program}`,
    ],
    {
      cwd: appDir,
      env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
}

async function traceOf(id: string): Promise<JaegerTrace | undefined> {
  const answer = await fetch(`${queryUrl}/api/traces/${id}`);
  return ((await answer.json()) as { data: JaegerTrace[] | null }).data?.[0];
}

describe('what the real exporter sends', { timeout: 60_000 }, () => {
  it.each([
    ['plain', '1', {}],
    ['packed', '2', { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }],
  ])('%s, is read back through the query API', async (_how, digit, compression) => {
    const id = digit.repeat(32);
    const begun = Date.now() * 1_000;
    const traceparent = `00-${id}-00f067aa0ba902b7-01`;
    await runTraced(
      `const from = contextFromTraceparent('${traceparent}');
       const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };
       await inSpan(tracer('service-kit'), 'POST /orders', { kind: 1, attributes: { 'http.response.status_code': 201, ratio: 0.5, ok: true, tags: ['a', 'b'] }, links: [link] }, async (span) => {
         span.addEvent('reserved', { 'meridian.quantity': 2 });
         await inSpan(tracer('outbox'), 'send orders.v1', { kind: 3 }, () => { throw new RangeError('no'); }).catch(() => {});
       }, from);
       await shutdownTelemetry();`,
      { OTEL_SERVICE_NAME: 'order', MERIDIAN_REGION: 'eu-west', ...compression },
    );
    await runTraced(
      `await inSpan(tracer('kafka'), 'process eu-west.orders.v1', { kind: 4, attributes: { 'meridian.lag_ms': 61.5 } }, () => {}, contextFromTraceparent('${traceparent}'));
       await shutdownTelemetry();`,
      { OTEL_SERVICE_NAME: 'order', MERIDIAN_REGION: 'us-east', ...compression },
    );

    const trace = await traceOf(id);
    expect(trace?.spans).toHaveLength(3);
    const named = (name: string) => trace?.spans.find((s) => s.operationName === name) as JaegerSpan;
    const tagsOf = (span: JaegerSpan) => Object.fromEntries(span.tags.map((t) => [t.key, t.value]));
    const regionOf = (span: JaegerSpan) =>
      trace?.processes[span.processID]?.tags.find((t) => t.key === 'cloud.region')?.value;

    const server = named('POST /orders');
    expect(server.references).toEqual([
      { refType: 'CHILD_OF', traceID: id, spanID: '00f067aa0ba902b7' },
      { refType: 'FOLLOWS_FROM', traceID: 'a'.repeat(32), spanID: 'b'.repeat(16) },
    ]);
    expect(tagsOf(server)).toEqual({
      'http.response.status_code': 201,
      ratio: 0.5,
      ok: true,
      tags: '["a","b"]',
      'otel.scope.name': '@meridian/service-kit',
      'span.kind': 'server',
    });
    expect(server.logs[0]?.fields).toEqual([
      { key: 'event', type: 'string', value: 'reserved' },
      { key: 'meridian.quantity', type: 'int64', value: 2 },
    ]);
    expect(server.startTime).toBeGreaterThanOrEqual(begun);
    expect(server.startTime + server.duration).toBeLessThanOrEqual(Date.now() * 1_000);

    const send = named('send orders.v1');
    expect(send.references).toEqual([{ refType: 'CHILD_OF', traceID: id, spanID: server.spanID }]);
    expect(tagsOf(send)).toMatchObject({ error: true, 'otel.status_code': 'ERROR', 'error.type': 'RangeError' });
    expect([server, send, named('process eu-west.orders.v1')].map(regionOf)).toEqual(['eu-west', 'eu-west', 'us-east']);
  });

  it('is found by service and tag', async () => {
    const query = new URLSearchParams({ service: 'order', tags: '{"meridian.lag_ms":"61.5"}' });
    const { data } = (await (await fetch(`${queryUrl}/api/traces?${query}`)).json()) as { data: JaegerTrace[] };
    expect(data.map((t) => t.traceID).sort()).toEqual(['1'.repeat(32), '2'.repeat(32)]);
  });
});

it('bodies of millions of tiny values, several at once, do not exhaust its heap', { timeout: 60_000 }, async () => {
  const statusOf = async (body: string) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers, body })).status;
  };
  const objects = `{"resourceSpans":[${'{},'.repeat(1_390_000)}{}]}`;
  const faults = `{"resourceSpans":[${'1,'.repeat(2_000_000)}1]}`;
  expect(await Promise.all([objects, faults, objects, faults].map(statusOf))).toEqual([413, 400, 413, 400]);
  expect((await fetch(`${queryUrl}/health/ready`)).status).toBe(200);
});

it('another console on its port says so in one sentence and ends', { timeout: 60_000 }, async () => {
  const env = { PATH: process.env.PATH, MERIDIAN_TOPOLOGY: 'none', PORT: '1', OTLP_PORT: new URL(otlpUrl).port };
  const second = spawn(process.execPath, [...NODE_FLAGS, 'src/main.ts'], { cwd: appDir, env, stdio: 'pipe' });
  const [err, [code]] = await Promise.all([text(second.stderr), once(second, 'exit')]);
  expect({ err, code }).toEqual({
    err: `Port ${new URL(otlpUrl).port} on 127.0.0.1 is taken by another process.\n`,
    code: 1,
  });
});

it('SIGTERM ends it with 0, also while an exporter is in the middle of sending', { timeout: 60_000 }, async () => {
  const socket = connect(Number(new URL(otlpUrl).port), '127.0.0.1');
  const begin = (bytes: number) =>
    `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
  // The answer to a whole request shows that the connection is in use; the second one stops after its first byte.
  socket.write(`${begin(2)}{}`);
  await once(socket, 'data');
  socket.write(`${begin(100)}{`);
  const ended = once(running, 'exit');
  const cut = once(socket, 'close');
  running.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  await cut;
});
