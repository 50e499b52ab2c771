/**
 * `npm run bench:writes -w @meridian/catalog`: what escrow, the conflict ledger, the fence and session tokens add to a write,
 * over HTTP, with a real PostgreSQL and Kafka. Reservations and changes of a price, of 200 products, against
 * `plain-catalog.mjs`, which has none of them, in turn, each round in the other order. What is compared is the median of the
 * ratios of rounds, with the least and the greatest. CLIENTS, SECONDS (of a round) and ROUNDS can be set. Builds are measured.
 */
import { randomUUID } from 'node:crypto';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { median, repository, startStage, tablesOf } from './stage.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 4);
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 10);
const PRODUCTS = 200;
const REGION = 'eu-west';

const stage = await startStage('writes');
const ddl = tablesOf(repository);
const plainDdl = `${ddl}
  ALTER TABLE outbox DISABLE TRIGGER outbox_fence_client, DISABLE TRIGGER outbox_fence_peer;
  CREATE TABLE plain_products (sku text COLLATE "C" PRIMARY KEY, name text, tags text[], price_minor int, available int);
  CREATE TABLE plain_reservations (order_id uuid, sku text COLLATE "C", quantity int, price_minor int, PRIMARY KEY (order_id, sku));
  INSERT INTO plain_products SELECT 'BENCH-' || i, 'Bench', '{a,b}', 100, 1000000 FROM generate_series(0, ${PRODUCTS - 1}) AS i;`;

const start = (name, program, tables) => stage.startService({ name, program, tables, region: REGION });

async function send(method, url, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
}

const anySku = () => `BENCH-${Math.floor(Math.random() * PRODUCTS)}`;
const eur = (amountMinor) => ({ amountMinor, currency: 'EUR' });
const WRITES = {
  reservation: ({ url }) =>
    send('POST', `${url}/reservations`, { orderId: randomUUID(), lines: [{ sku: anySku(), quantity: 1 }] }),
  price: ({ url }) => send('PATCH', `${url}/products/${anySku()}`, { price: eur(1 + Math.floor(Math.random() * 999)) }),
};

async function measure(service, write, seconds = SECONDS) {
  const until = performance.now() + seconds * 1_000;
  const tookMs = [];
  const client = async () => {
    while (performance.now() < until) {
      const startedMs = performance.now();
      await write(service);
      tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  tookMs.sort((a, b) => a - b);
  const quantile = (share) => tookMs[Math.floor(share * (tookMs.length - 1))];
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

const services = {};
try {
  const topics = ['users.v1', 'products.v1', 'orders.v1'].flatMap((topic) =>
    ['', 'us-east.', 'ap-southeast.'].map((origin) => ({ topic: origin + topic, partitions: 4 })),
  );
  await ensureTopics(createKafka({ clientId: 'bench', brokers: stage.brokers }), topics);
  services.plain = await start('plain', 'apps/catalog/bench/plain-catalog.mjs', plainDdl);
  services.catalog = await start('catalog', 'apps/catalog/dist/main.js', ddl);
  for (let i = 0; i < PRODUCTS; i += 1)
    await send('POST', `${services.catalog.url}/products`, {
      ...{ sku: `BENCH-${i}`, name: 'Bench', price: eur(100), tags: ['a', 'b'], stock: { [REGION]: 1_000_000 } },
    });
  for (const [name, write] of Object.entries(WRITES)) {
    for (const service of Object.values(services)) await measure(service, write, 3);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured = {};
      const inTurn = Object.entries(services);
      for (const [who, service] of round % 2 ? inTurn.reverse() : inTurn) measured[who] = await measure(service, write);
      rounds.push(measured);
    }
    for (const figure of ['p50', 'p99']) {
      const of = (who) => median(rounds.map((round) => round[who][figure])).toFixed(2);
      const ratios = rounds.map(({ catalog, plain }) => catalog[figure] / plain[figure]).sort((a, b) => a - b);
      const spread = `${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)}`;
      console.log(
        `${name}, ${CLIENTS} clients, ${figure}: ${of('catalog')} ms with, ${of('plain')} ms without; × ${median(ratios).toFixed(2)} (${spread}, ${ROUNDS} rounds)`,
      );
    }
  }
} finally {
  await Promise.all(Object.values(services).map((service) => service.stop()));
  await stage.stop();
}
