import type { RegionId } from '@meridian/regions';
import { sql } from './sql.ts';
import { regions } from './system.ts';

/** What a region's databases hold, for the judges: read around the services, so that no answer hides a row. */

export interface HeldOrder {
  id: string;
  customerId: string;
}

export interface HeldUser {
  id: string;
  email: string;
  name: string;
}

export interface HeldStock {
  /** What the region says of itself: units that it may still sell, and those that orders took and that did not come back. */
  available: number;
  taken: number;
  /** Not released. */
  reservations: { orderId: string; quantity: number }[];
}

export async function inEveryRegion<T>(read: (region: RegionId) => Promise<T>): Promise<Record<RegionId, T>> {
  return Object.fromEntries(
    await Promise.all(regions.map(async (region): Promise<[RegionId, T]> => [region, await read(region)])),
  );
}

export function ordersHeld(region: RegionId, customerIds: string[]): Promise<HeldOrder[]> {
  return sql<HeldOrder>(
    region,
    'order',
    'SELECT id, customer_id AS "customerId" FROM orders WHERE customer_id = ANY($1::uuid[])',
    [customerIds],
  );
}

export function usersHeld(region: RegionId, emails: string[]): Promise<HeldUser[]> {
  return sql<HeldUser>(
    region,
    'user',
    `SELECT id, state #>> '{email,value}' AS email, state #>> '{name,value}' AS name
     FROM users WHERE state #>> '{email,value}' = ANY($1::text[])`,
    [emails],
  );
}

/** Both as of one moment: one statement. */
export async function stockHeld(region: RegionId, sku: string): Promise<HeldStock> {
  const [row] = await sql<HeldStock>(
    region,
    'catalog',
    `SELECT available,
            coalesce((state #>> ARRAY['rights', 'spent', $2])::int, 0)
              - coalesce((state #>> ARRAY['rights', 'refunded', $2])::int, 0) AS taken,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'quantity', quantity)), '[]')
             FROM reservations WHERE sku = products.sku AND released_at IS NULL) AS reservations
     FROM products WHERE sku = $1`,
    [sku, region],
  );
  if (!row) throw new Error(`${region} knows no product "${sku}".`);
  return row;
}
