import { decodeToken, encodeToken, type Token } from '@meridian/consistency';
import { PARTITIONS_PER_TOPIC, TOPICS } from '@meridian/contracts';
import { partitionOf } from '@meridian/kafka';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createProduct, eur, eventuallyProduct, newSku, startCatalog, told } from './catalog.fixture.ts';

/** I5 where a request is about several products at once. */
let catalog: ServiceInTest;
let usEast: string;
let apSoutheast: string;
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, apSoutheast] = catalog.others;
});
afterAll(() => catalog.stop());

let sequence = 0;
let transaction = 1_000;
const skuIn = (partition: number): string => {
  for (;;) {
    const sku = newSku();
    if (partitionOf(sku, PARTITIONS_PER_TOPIC) === partition) return sku;
  }
};
/** A product is created elsewhere, under this transaction, by one who had seen `deps`. */
const created = (
  sku: string,
  number: string,
  { origin = usEast, deps = {} }: { origin?: string; deps?: Token } = {},
) => {
  const nowMs = Date.now();
  const fields = {
    name: told('Tea kettle', origin, nowMs),
    price: told(eur(1250), origin, nowMs),
    tags: told(['tea'], origin, nowMs),
  };
  const value = { sku, fields, stock: { [origin]: told(3, origin, nowMs) } };
  sequence += 1;
  const event = { topic: TOPICS.products, origin, sequence, key: sku, value, transaction: number } as const;
  const seen = Object.keys(deps).length > 0 ? encodeToken(deps) : undefined;
  return catalog.publish({ ...event, deps: seen, horizon: String(BigInt(number) + 1n) });
};
const next = () => String(++transaction);
const withToken = (token: Token) => ({ 'x-meridian-token': encodeToken(token) });
const list = async (headers: Record<string, string> = {}) => {
  const answer = await catalog.call('GET', '/products?limit=200', undefined, headers);
  const skus: string[] = answer.body.items?.map((item: { sku: string }) => item.sku) ?? [];
  return { ...answer, skus };
};

describe('a list in a session', () => {
  it('waits for every partition, as it is about all of them', async () => {
    const number = next();
    await catalog.heartbeat({
      topic: TOPICS.products,
      origin: usEast,
      horizon: String(BigInt(number) + 1n),
      partitions: [0, 1, 2],
    });
    const token = { [`catalog/${usEast}`]: number };
    expect((await list(withToken(token))).status).toBe(503);
    await catalog.heartbeat({
      topic: TOPICS.products,
      origin: usEast,
      horizon: String(BigInt(number) + 1n),
      partitions: [3],
    });
    await eventually(async () => expect((await list(withToken(token))).status).toBe(200), { withinMs: 10_000 });
  });

  it('shows no effect without its cause, though the two lie in different partitions and come from different regions', async () => {
    const [cause, effect] = [skuIn(0), skuIn(1)];
    const [first, second] = [next(), next()];
    await created(effect, second, { origin: apSoutheast, deps: { [`catalog/${usEast}`]: first } });
    await eventuallyProduct(catalog, effect, ({ status }) => expect(status).toBe(200));
    const eventual = await list();
    expect([eventual.skus.includes(effect), eventual.skus.includes(cause)]).toEqual([true, false]);

    const session = list({ 'x-meridian-consistency': 'session' });
    await created(cause, first);
    // The other partitions are told so, as the relay there would do.
    await catalog.heartbeat({ topic: TOPICS.products, origin: usEast, horizon: String(BigInt(first) + 1n) });
    const { status, skus } = await session;
    expect([status, skus.includes(effect), skus.includes(cause)]).toEqual([200, true, true]);
  });

  it('hands on what its rows come from', async () => {
    const sku = skuIn(2);
    const number = next();
    await created(sku, number);
    await eventuallyProduct(catalog, sku, ({ status }) => expect(status).toBe(200));
    const decoded = decodeToken(String((await list()).headers['x-meridian-token']));
    expect(decoded.ok && BigInt(decoded.token[`catalog/${usEast}`] ?? 0) >= BigInt(number)).toBe(true);
  });

  it('has no home region: strong is refused in words', async () => {
    const { status, body } = await list({ 'x-meridian-consistency': 'strong' });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/headers/x-meridian-consistency']);
  });
});

describe('a reservation in a session', () => {
  const reserve = (sku: string, headers: Record<string, string>) => {
    const orderId = crypto.randomUUID();
    return catalog.call('POST', '/reservations', { orderId, lines: [{ sku, quantity: 1 }] }, headers);
  };

  it('knows the product that its author has just created elsewhere', async () => {
    const [sku, number] = [skuIn(3), next()];
    expect((await reserve(sku, {})).body.type).toBe('urn:meridian:problem:unknown-sku');
    const reserved = reserve(sku, withToken({ [`catalog/${usEast}`]: number }));
    await created(sku, number);
    // Known it is; for sale here it is not.
    expect((await reserved).body.type).toBe('urn:meridian:problem:insufficient-stock');
  });

  it('answers a token by which its author finds the stock taken', async () => {
    const sku = await createProduct(catalog, 5);
    const reserved = await reserve(sku, withToken({ 'order/eu-west': '7' }));
    const decoded = decodeToken(String(reserved.headers['x-meridian-token']));
    expect(decoded).toMatchObject({ ok: true, token: { 'order/eu-west': '7', 'catalog/eu-west': expect.any(String) } });
  });
});
