import { createProductRequest } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { productCatalog } from './product-catalog.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast'];
const options = { count: 1_000, seed: 1, regions, unitsPerRegion: 1_000 };

test('every product fits the contract of the catalog', () => {
  for (const product of productCatalog(options)) expect(createProductRequest.parse(product)).toEqual(product);
});

test('no SKU occurs twice', () => {
  expect(new Set(productCatalog(options).map((p) => p.sku)).size).toBe(1_000);
});

test('the same seed gives the same products, another seed others', () => {
  expect(productCatalog(options)).toEqual(productCatalog(options));
  expect(productCatalog({ ...options, seed: 2 })).not.toEqual(productCatalog(options));
});

test('a shorter catalog is the beginning of a longer one, so that examples stay true', () => {
  expect(productCatalog({ ...options, count: 10 })).toEqual(productCatalog(options).slice(0, 10));
});

test('every region holds the units asked for, and products do not share one stock object', () => {
  const [first, second] = productCatalog({ ...options, count: 2 });
  expect(first?.stock).toEqual({ 'us-east': 1_000, 'eu-west': 1_000, 'ap-southeast': 1_000 });
  expect(first?.stock).not.toBe(second?.stock);
});

test('names and prices vary as in a shop', () => {
  const products = productCatalog(options);
  expect(new Set(products.map((p) => p.name)).size).toBeGreaterThan(700);
  expect(new Set(products.map((p) => p.price.amountMinor)).size).toBeGreaterThan(200);
  expect(new Set(products.flatMap((p) => p.tags)).size).toBe(14);
});
