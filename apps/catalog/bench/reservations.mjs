/**
 * `npm run bench -w @meridian/catalog`: reservations per second and their latency, of one product that everybody wants and
 * of many, over HTTP, with a real PostgreSQL and Kafka. Builds are measured, so build first.
 * BASELINE, the path of another checkout that is built, is measured in turn with this one, in short rounds and on the same
 * servers, so that whatever else the machine does falls on both, each round in the other order; what is compared is the
 * median of the ratios of rounds, with the least and the greatest. CLIENTS, SECONDS (of a round) and ROUNDS can be set.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { median, repository, startStage, tablesOf } from './stage.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 8);
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 12);
const REGION = 'eu-west';
const LOADS = { 'one product': 1, '200 products': 200 };

const checkouts = { here: repository, ...(process.env.BASELINE && { baseline: path.resolve(process.env.BASELINE) }) };
const stage = await startStage('reservations');
const startCatalog = (checkout) =>
  stage.startService({
    ...{ name: 'catalog', checkout, program: 'apps/catalog/dist/main.js', tables: tablesOf(checkout), region: REGION },
  });

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
}

/** Latencies in ms of all that was reserved within the time. */
async function reserveFor(url, seconds, skus) {
  const until = performance.now() + seconds * 1_000;
  const tookMs = [];
  const client = async () => {
    while (performance.now() < until) {
      const sku = skus[Math.floor(Math.random() * skus.length)];
      const startedMs = performance.now();
      await post(`${url}/reservations`, { orderId: randomUUID(), lines: [{ sku, quantity: 1 }] });
      tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return tookMs;
}

async function createProducts({ url }, products) {
  const skus = Array.from({ length: products }, (_, i) => `BENCH-${products}-${i}`);
  const price = { amountMinor: 100, currency: 'EUR' };
  for (const sku of skus)
    await post(`${url}/products`, { sku, name: 'Bench', price, tags: ['a', 'b'], stock: { [REGION]: 1_000_000 } });
  return skus;
}

async function measure({ url }, skus) {
  const tookMs = (await reserveFor(url, SECONDS, skus)).sort((a, b) => a - b);
  const quantile = (share) => tookMs[Math.floor(share * (tookMs.length - 1))];
  return { perS: tookMs.length / SECONDS, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

const catalogs = {};
try {
  for (const [name, checkout] of Object.entries(checkouts)) catalogs[name] = await startCatalog(checkout);
  for (const [load, products] of Object.entries(LOADS)) {
    const rounds = [];
    for (const catalog of Object.values(catalogs))
      await reserveFor(catalog.url, 3, await createProducts(catalog, products));
    const skus = Array.from({ length: products }, (_, i) => `BENCH-${products}-${i}`);
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured = {};
      const inTurn = Object.entries(catalogs);
      for (const [name, catalog] of round % 2 ? inTurn.reverse() : inTurn)
        measured[name] = await measure(catalog, skus);
      rounds.push(measured);
    }
    for (const name of Object.keys(catalogs)) {
      const of = (figure, digits) => median(rounds.map((round) => round[name][figure])).toFixed(digits);
      console.log(
        `${load}, ${CLIENTS} clients, ${name}: ${of('perS', 0)}/s, p50 ${of('p50Ms', 1)} ms, p99 ${of('p99Ms', 1)} ms`,
      );
    }
    const ratio = (figure) => {
      const ratios = rounds.map(({ here, baseline }) => here[figure] / baseline[figure]).sort((a, b) => a - b);
      return `× ${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`;
    };
    if (catalogs.baseline)
      console.log(`  here ÷ baseline: throughput ${ratio('perS')}, p50 ${ratio('p50Ms')}, p99 ${ratio('p99Ms')}`);
  }
} finally {
  await Promise.all(Object.values(catalogs).map((catalog) => catalog.stop()));
  await stage.stop();
}
