import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { formatHlc } from '@meridian/hlc';
import { type Answer, type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { CatalogConfig } from './catalog.config.ts';
import { CatalogModule } from './catalog.module.ts';

export const startCatalog = (postgresUrl: string, brokers: string[]): Promise<ServiceInTest> =>
  startServiceInTest({
    name: 'catalog',
    appDir: path.join(import.meta.dirname, '..'),
    Config: CatalogConfig,
    moduleOf: (config) => CatalogModule.told(config),
    ...{ postgresUrl, brokers },
  });

export const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });

/** A SKU that no other test has. */
export const newSku = () => `KIT-${randomUUID().slice(0, 8).toUpperCase()}`;

export async function createProduct(catalog: ServiceInTest, units: number, over: object = {}): Promise<string> {
  const product = { sku: newSku(), name: 'Tea kettle', price: eur(1250), stock: { 'eu-west': units }, ...over };
  const created = await catalog.call('POST', '/products', product);
  if (created.status !== 201) throw new Error(`A product was not created: ${JSON.stringify(created.body)}`);
  return product.sku;
}

export type Line = readonly [sku: string, quantity: number];

export const reserve = (catalog: ServiceInTest, lines: readonly Line[], orderId: string = randomUUID()) =>
  catalog.call('POST', '/reservations', { orderId, lines: lines.map(([sku, quantity]) => ({ sku, quantity })) });

export const availableOf = async (catalog: ServiceInTest, sku: string): Promise<number> =>
  (await catalog.call('GET', `/products/${sku}`)).body.available;

/** What a region told, as a register of its clock. */
export const told = <T>(value: T, region: string, wallMs: number) => ({
  value,
  hlc: formatHlc({ wallMs, counter: 0, region }),
});

/** Waits until a product answers as `expectation` wants. */
export const eventuallyProduct = (catalog: ServiceInTest, sku: string, expectation: (answer: Answer) => void) =>
  eventually(async () => expectation(await catalog.call('GET', `/products/${sku}`)), { withinMs: 10_000 });
