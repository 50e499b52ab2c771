import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@meridian/testing';
import { describe, expect, it } from 'vitest';

const register = fileURLToPath(new URL('./register.ts', import.meta.url));
const index = fileURLToPath(new URL('./index.ts', import.meta.url));

/** A process of its own, as the register module acts on a whole process. Sources run as they are: Node strips the types. */
async function run(env: Record<string, string>, body: string) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--conditions=source', '--import', register, '--input-type=module'],
    { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.end(`import * as telemetry from ${JSON.stringify(index)}; const { inSpan, tracer } = telemetry; ${body}`);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code };
}

interface Otlp {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: { traceId: string; name: string; kind: number; startTimeUnixNano: string }[] }[];
  }[];
}

async function collector() {
  const received: { path: string; type: string | undefined; body: Otlp }[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Otlp;
    received.push({ path: request.url ?? '', type: request.headers['content-type'], body });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => server.close(),
  };
}

const ONE_SPAN = `await inSpan(tracer('test'), 'place', { kind: 1 }, (s) => console.log(s.spanContext().traceId));`;

describe.concurrent('register', () => {
  it('sends spans as OTLP JSON, with the service and the region they come from', async () => {
    using at = await collector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: at.url, OTEL_SERVICE_NAME: 'order', MERIDIAN_REGION: 'eu-west' };
    const { out, code, err } = await run(env, `${ONE_SPAN} await telemetry.shutdownTelemetry();`);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(at.received).toHaveLength(1);
    expect(at.received[0]).toMatchObject({ path: '/v1/traces', type: 'application/json' });
    const [of] = at.received[0]?.body.resourceSpans ?? [];
    const resource = Object.fromEntries(of?.resource.attributes.map((a) => [a.key, a.value.stringValue]) ?? []);
    expect(resource).toMatchObject({
      'service.name': 'order',
      'cloud.region': 'eu-west',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(of?.scopeSpans[0]?.spans[0]).toMatchObject({ name: 'place', kind: 2, traceId: out.trim() });
  });

  it('sends them within a second while the process lives', async () => {
    using at = await collector();
    const living = `${ONE_SPAN} setTimeout(() => process.exit(0), 1000);`;
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: at.url }, living);
    expect(at.received).toHaveLength(1);
  });

  it('sends nothing for a ratio of 0', async () => {
    using at = await collector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: at.url, MERIDIAN_TRACE_RATIO: '0' };
    const { out } = await run(env, `${ONE_SPAN} await telemetry.shutdownTelemetry();`);
    expect(out.trim()).toMatch(/^[0-9a-f]{32}$/);
    expect(at.received).toEqual([]);
  });

  it('lets the process end promptly when the collector is away', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const stopping = `const began = Date.now(); await telemetry.shutdownTelemetry(); console.log(Date.now() - began); process.exit(0);`;
    const { out, code } = await run(env, `${ONE_SPAN} ${stopping}`);
    expect(code).toBe(0);
    expect(Number(out.split('\n')[1])).toBeLessThan(2_000);
  });

  it('lets the process end promptly when the collector accepts and never answers', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` };
    const stopping = `const began = Date.now(); await telemetry.shutdownTelemetry(); console.log(Date.now() - began); process.exit(0);`;
    const { out, code } = await run(env, `${ONE_SPAN} ${stopping}`);
    silent.closeAllConnections();
    silent.close();
    expect(code).toBe(0);
    expect(Number(out.split('\n')[1])).toBeLessThan(2_000);
  });

  it('hands a trace on also where nothing is exported', async () => {
    const { out } = await run({}, ONE_SPAN);
    expect(out.trim()).toMatch(/^[0-9a-f]{32}$/);
  });

  it('patches the driver of the database before the app imports it', async () => {
    const body = `const { default: pg } = await import('pg'); console.log(pg.Client.prototype.query.__wrapped === true);`;
    const script = { DATABASE_URL: 'postgresql://nobody@127.0.0.1/none' };
    expect((await run(script, body)).out.trim()).toBe('true');
    expect((await run({}, body)).out.trim()).toBe('false');
  });

  it('refuses a ratio that is none, in one sentence', async () => {
    const { code, err } = await run({ MERIDIAN_TRACE_RATIO: 'half' }, '');
    expect(code).toBe(1);
    expect(err).toBe('MERIDIAN_TRACE_RATIO must be a number from 0 to 1, not "half".\n');
  });
});
