import type { RegionId } from '@meridian/regions';
import { atService, sql } from '@meridian/test-harness';
import type { HeldPrices } from './judge-prices.ts';
import type { Edited } from './send-edit.ts';

/** What one region holds, by register as edits name it. */
export interface HeldValues {
  registers: Map<string, string>;
  prices: Map<string, HeldPrices>;
  tags: Map<string, readonly string[]>;
}

/** Persons around the service, so that no answer hides a row; products as they are shown, as that is what is promised of prices. */
export async function heldValues(region: RegionId, { userIds, skus }: Edited): Promise<HeldValues> {
  const held: HeldValues = { registers: new Map(), prices: new Map(), tags: new Map() };
  const users = await sql<{ id: string; name: string; country: string }>(
    region,
    'user',
    `SELECT id, state #>> '{name,value}' AS name, state #>> '{country,value}' AS country
     FROM users WHERE id = ANY($1::uuid[])`,
    [userIds],
  );
  for (const { id, name, country } of users)
    held.registers.set(`/users/${id}.name`, name).set(`/users/${id}.country`, country);
  for (const { status, body } of await Promise.all(
    skus.map((sku) => atService(region, 'catalog', `/products/${sku}`)),
  )) {
    if (status !== 200) continue;
    const path = `/products/${body.sku}`;
    const shown: number = body.price.amountMinor;
    const all = body.priceConflict.map(({ price }: { price: { amountMinor: number } }) => price.amountMinor);
    held.registers.set(`${path}.name`, body.name);
    held.prices.set(`${path}.price`, { shown, all: all.length > 0 ? all : [shown] });
    held.tags.set(`${path}.tags`, body.tags);
  }
  return held;
}

/** Registers of which not all regions hold the same, with what each holds. */
export function differences(byRegion: Readonly<Record<RegionId, HeldValues>>): string[] {
  const flat = Object.entries(byRegion).map(([region, { registers, prices, tags }]) => {
    const all = [...registers, ...prices, ...tags].map(
      ([register, value]) => [register, JSON.stringify(value)] as const,
    );
    return [region, new Map(all)] as const;
  });
  const names = new Set(flat.flatMap(([, held]) => [...held.keys()]));
  return [...names]
    .filter((name) => new Set(flat.map(([, held]) => held.get(name))).size > 1)
    .map((name) => `${name}: ${flat.map(([region, held]) => `${region} ${held.get(name) ?? 'nothing'}`).join('; ')}`);
}
