import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import {
  type Answer,
  type RegionsInTest,
  type ServiceInTest,
  startRegionsInTest,
  startServiceInTest,
} from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { CatalogConfig } from './catalog.config.ts';
import { CatalogModule } from './catalog.module.ts';

const tested = {
  name: 'catalog' as const,
  appDir: path.join(import.meta.dirname, '..'),
  Config: CatalogConfig,
  moduleOf: (config: CatalogConfig) => CatalogModule.told(config),
};

export const startCatalog = (postgresUrl: string, brokers: string[]): Promise<ServiceInTest> =>
  startServiceInTest({ ...tested, postgresUrl, brokers });

/** The catalog in three regions. */
export const startCatalogs = (postgresUrl: string, brokers: string[]): Promise<RegionsInTest> =>
  startRegionsInTest({ ...tested, postgresUrl, brokers, topic: TOPICS.products });

export type Catalog = Pick<ServiceInTest, 'call' | 'region'>;

export const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });

/** A SKU that no other test has. */
export const newSku = () => `KIT-${randomUUID().slice(0, 8).toUpperCase()}`;

export async function createProduct(catalog: Catalog, units: number, over: object = {}): Promise<string> {
  const product = { sku: newSku(), name: 'Tea kettle', price: eur(1250), stock: { [catalog.region]: units }, ...over };
  const created = await catalog.call('POST', '/products', product);
  if (created.status !== 201) throw new Error(`A product was not created: ${JSON.stringify(created.body)}`);
  return product.sku;
}

export type Line = readonly [sku: string, quantity: number];

export const reserve = (catalog: Catalog, lines: readonly Line[], orderId: string = randomUUID()) =>
  catalog.call('POST', '/reservations', { orderId, lines: lines.map(([sku, quantity]) => ({ sku, quantity })) });

export const availableOf = async (catalog: Catalog, sku: string): Promise<number> =>
  (await catalog.call('GET', `/products/${sku}`)).body.available;

/** What a region told, as a register of its clock. */
export const told = <T>(value: T, region: string, wallMs: number) => ({
  value,
  hlc: formatHlc({ wallMs, counter: 0, region }),
});

/** Waits until a product answers as `expectation` wants. */
export const eventuallyProduct = (catalog: Catalog, sku: string, expectation: (answer: Answer) => void) =>
  eventually(async () => expectation(await catalog.call('GET', `/products/${sku}`)), { withinMs: 10_000 });
