import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { ReserveStockRequest } from '@meridian/contracts';
import { type Answer, type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { OrderConfig } from './order.config.ts';
import { OrderModule } from './order.module.ts';

export const price = { amountMinor: 1250, currency: 'EUR' } as const;

/** Stands in for the catalog, whose own behaviour is tested where it lives: it reserves whatever is asked for. */
export interface StandInCatalog {
  /** What it was asked for, in order. */
  reservations: ReserveStockRequest[];
  /** The region that it says holds the units; none said when undefined. */
  reservedIn: string | undefined;
  /** Awaited before it answers. */
  beforeAnswer: (() => Promise<void>) | undefined;
  /** Ends the connection of the next request without an answer. */
  breaksOff: boolean;
  /** In place of a reservation. */
  answersWith: { status: number; body: unknown } | undefined;
}

export interface OrderInTest extends ServiceInTest {
  catalog: StandInCatalog;
  catalogUrl: string;
  place(body: unknown, key?: string): Promise<Answer>;
  pay(id: string, paymentReference: string): Promise<Answer>;
  cancel(id: string): Promise<Answer>;
}

export async function startOrder(postgresUrl: string, brokers: string[]): Promise<OrderInTest> {
  const catalog: StandInCatalog = {
    ...{ reservations: [], reservedIn: undefined, beforeAnswer: undefined, breaksOff: false, answersWith: undefined },
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const asked = JSON.parse(text) as ReserveStockRequest;
    catalog.reservations.push(asked);
    const lines = asked.lines.map((line) => ({ ...line, unitPrice: price }));
    const reserved = { ...asked, lines, reservedIn: catalog.reservedIn };
    if (catalog.breaksOff) {
      catalog.breaksOff = false;
      return request.socket.destroy();
    }
    await catalog.beforeAnswer?.();
    const { status, body } = catalog.answersWith ?? { status: 200, body: reserved };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service = await startServiceInTest({
    name: 'order',
    appDir: path.join(import.meta.dirname, '..'),
    Config: OrderConfig,
    moduleOf: (config) => OrderModule.told(config),
    ...{ postgresUrl, brokers },
    env: {
      CATALOG_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ PAYMENT_TIMEOUT_MS: 300, PAYMENT_SETTLE_AFTER_MS: 1_500, PLACING_SETTLE_AFTER_MS: 1_500 },
    },
  });
  return {
    ...service,
    catalog,
    catalogUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    place: (body, key = randomUUID()) => service.call('POST', '/orders', body, { 'idempotency-key': key }),
    pay: (id, paymentReference) => service.call('POST', `/orders/${id}/pay`, { paymentReference }),
    cancel: (id) => service.call('POST', `/orders/${id}/cancel`, { reason: 'no' }),
    async stop() {
      await service.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

export const orderRequest = (over: object = {}) => ({
  customerId: randomUUID(),
  lines: [
    { sku: 'KIT-00001', quantity: 2 },
    { sku: 'KIT-00002', quantity: 1 },
  ],
  ...over,
});
