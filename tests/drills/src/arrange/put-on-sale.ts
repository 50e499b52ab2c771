import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { createProduct, knownEverywhere, regions } from '@meridian/test-harness';

/** A product that no other drill has, known in every region; with as many units in each, or with its own number in each. */
export async function putOnSale(name: string, units: number | Record<RegionId, number>): Promise<string> {
  const sku = `${name}-${randomUUID().slice(0, 8).toUpperCase()}`;
  const stock = typeof units === 'number' ? Object.fromEntries(regions.map((region) => [region, units])) : units;
  const { status } = await createProduct(regions[0] as RegionId, sku, stock);
  if (status !== 201) throw new Error(`Creating a product was answered ${status}.`);
  await knownEverywhere(`/products/${sku}`);
  return sku;
}
