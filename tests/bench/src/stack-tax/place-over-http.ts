import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { processUsage, repositoryRoot } from '@meridian/test-harness';
import { createTestDatabase, freePort } from '@meridian/testing';
import { Pool } from 'undici';
import { ddlOf, Started, serve } from '../servers.ts';

const REGION = 'eu-west';
const REGISTER = `file://${path.join(repositoryRoot, 'libs/telemetry/dist/register.js')}`;
const SKUS = Array.from({ length: 200 }, (_, i) => `BENCH-${i}`);

export interface Shop {
  placeOrder(): Promise<void>;
  /** Milliseconds of CPU of its two services since they began. */
  cpuMs(): number;
  stop(): Promise<void>;
}

export interface ShopKind {
  /** Share of traces recorded. */
  traceRatio: number;
  /** Run on each of its databases after the migrations, to take something away. */
  ddl?: string;
}

export interface ShopOptions extends ShopKind {
  name: string;
  postgresUrl: string;
  brokers: string[];
  /** Where they are sent. */
  otlp: string;
  folder: string;
}

/** An order and a catalog service as they were built, with databases of their own and as many products as a rush has. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const { name, postgresUrl, brokers, traceRatio, otlp, folder, ddl = '' } = options;
  const started = new Started();
  const pids: number[] = [];

  async function start(app: string, env: Record<string, string> = {}): Promise<string> {
    const database = await createTestDatabase(postgresUrl, ddlOf(app) + ddl);
    started.add({ stop: database.drop });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const running = await serve(started, {
      name: `${name}/${app}`,
      command: process.execPath,
      args: ['--import', REGISTER, path.join(repositoryRoot, 'apps', app, 'dist/main.js')],
      env: {
        ...{ PORT: String(port), LOG_LEVEL: 'error', MERIDIAN_REGION: REGION, DATABASE_URL: database.url },
        ...{ KAFKA_BROKERS: brokers.join(','), MERIDIAN_TOPOLOGY: path.join(repositoryRoot, 'infra/topology.json') },
        ...{ OTEL_SERVICE_NAME: app, OTEL_EXPORTER_OTLP_ENDPOINT: otlp, MERIDIAN_TRACE_RATIO: String(traceRatio) },
        ...env,
      },
      logFile: path.join(folder, `${name}-${app}.log`),
      ready: async () => {
        const answer = await fetch(`${url}/health/ready`);
        if (answer.status !== 200) throw new Error(await answer.text());
      },
      ...{ readyWithinMs: 30_000, stopSignal: 'SIGTERM', stopWithinMs: 6_000 },
    });
    pids.push(running.pid);
    return url;
  }

  try {
    const catalogUrl = await start('catalog');
    const orderUrl = await start('order', { CATALOG_URL: catalogUrl });
    await fillCatalog(catalogUrl);
    const pool = new Pool(orderUrl, { connections: 64 });
    started.add({ stop: () => pool.close() });
    return {
      async placeOrder() {
        const sku = SKUS[Math.floor(Math.random() * SKUS.length)];
        const { statusCode, body } = await pool.request({
          ...{ method: 'POST', path: '/orders' },
          headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
          body: JSON.stringify({ customerId: randomUUID(), lines: [{ sku, quantity: 1 }] }),
        });
        const text = await body.text();
        if (statusCode !== 201) throw new Error(`The order was answered ${statusCode}: ${text}`);
      },
      cpuMs: () => [...processUsage(pids).values()].reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      stop: () => started.stopAll(),
    };
  } catch (failure) {
    await started.stopAll();
    throw failure;
  }
}

async function fillCatalog(catalogUrl: string): Promise<void> {
  const price = { amountMinor: 1999, currency: 'EUR' };
  for (const sku of SKUS) {
    const answer = await fetch(`${catalogUrl}/products`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku, name: 'Bench', price, tags: ['bench'], stock: { [REGION]: 1_000_000 } }),
    });
    if (!answer.ok) throw new Error(`The product was answered ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}

/** Takes traces and forgets them: what a store does with them is not the services' tax. */
export async function startTraceSink(): Promise<{ url: string; received(): number; stop(): Promise<void> }> {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      received += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received: () => received, stop };
}
