/**
 * What `write-latency.mjs` compares the catalog with: the same two operations as a service of one region would have them, on
 * the same framework, schemas, database driver and outbox. Stock is a counter, a price is overwritten, and nothing is kept
 * of what lost, of who may write, or of where a row comes from.
 */
import { changeProductRequest, reserveStockRequest } from '@meridian/contracts';
import { createKafka } from '@meridian/kafka';
import { appendToOutboxSql, startOutboxRelay } from '@meridian/outbox';
import { createPrismaPool, ProblemError, startService, validated } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { Body, Controller, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { Prisma, PrismaClient } from '../dist/generated/prisma/client.js';

const { DATABASE_URL, KAFKA_BROKERS, PORT, MERIDIAN_REGION } = process.env;
const { adapter } = createPrismaPool(DATABASE_URL, 'plain');
const database = new PrismaClient({ adapter });
const append = Prisma.raw(appendToOutboxSql({ rows: 'told.events', from: 'told' }));
const eventsOf = (key, value) =>
  JSON.stringify([{ topic: 'products.v1', key, type: 'meridian.product.changed.v1', hlc: '0', value }]);

class PlainCatalog {
  async reserve({ orderId, lines: [{ sku, quantity }] }) {
    const [taken] = await database.$queryRaw`
      WITH written AS (
        UPDATE plain_products SET available = available - ${quantity}::int
        WHERE sku = ${sku} AND available >= ${quantity}::int RETURNING price_minor
      ),
      reserved AS (
        INSERT INTO plain_reservations (order_id, sku, quantity, price_minor)
        SELECT ${orderId}::uuid, ${sku}, ${quantity}::int, price_minor FROM written
      ),
      told AS (SELECT ${eventsOf(sku, { sku, taken: quantity })}::jsonb AS events FROM written),
      appended AS (${append})
      SELECT price_minor FROM written`;
    if (!taken) throw new ProblemError('insufficient-stock', { detail: 'There are not so many.' });
    const unitPrice = { amountMinor: taken.price_minor, currency: 'EUR' };
    return { orderId, lines: [{ sku, quantity, unitPrice }] };
  }

  async change(sku, { price }) {
    const [changed] = await database.$queryRaw`
      WITH written AS (
        UPDATE plain_products SET price_minor = ${price.amountMinor}::int WHERE sku = ${sku} RETURNING *
      ),
      told AS (SELECT ${eventsOf(sku, { sku, price })}::jsonb AS events FROM written),
      appended AS (${append})
      SELECT * FROM written`;
    return { sku, name: changed.name, price, tags: changed.tags, available: changed.available };
  }
}

const { prototype } = PlainCatalog;
const of = (method) => [prototype, method, Object.getOwnPropertyDescriptor(prototype, method)];
Controller()(PlainCatalog);
Post('reservations')(...of('reserve'));
HttpCode(200)(...of('reserve'));
Body(validated(reserveStockRequest))(prototype, 'reserve', 0);
Patch('products/:sku')(...of('change'));
Param('sku')(prototype, 'change', 0);
Body(validated(changeProductRequest))(prototype, 'change', 1);

const logger = createLogger('plain', { level: 'error' });
const kafka = createKafka({ clientId: 'plain', brokers: [KAFKA_BROKERS], logger });
const producer = await kafka.producer();
const relay = await startOutboxRelay({
  ...{ databaseUrl: DATABASE_URL, region: MERIDIAN_REGION, service: 'plain', producer, logger },
});
class PlainModule {
  async onModuleDestroy() {
    await relay.close(1_000);
    await producer.close();
    await database.$disconnect();
  }
}
await startService({
  ...{ name: 'plain', logger, config: { host: '127.0.0.1', port: Number(PORT) } },
  module: { module: PlainModule, controllers: [PlainCatalog] },
});
