import type { ConflictRow } from '@meridian/conflicts';
import type { Hlc } from '@meridian/hlc';
import { NOTED, noteTogetherSql, type Origin } from '@meridian/inbox';
import type { Written } from '@meridian/replication';
import type pg from 'pg';
import { Prisma } from '../generated/prisma/client.ts';
import { ABSENT, type StoredProduct, toRow } from './catalog-shapes.ts';
import { KEEP_DISCARDED } from './change.ts';

const NOTE_TOGETHER = Prisma.raw(noteTogetherSql({ rows: 'heard.origins', from: 'heard' }));
const NOTED_NEW = Prisma.raw(NOTED);

/** What is known of these products, locked until the transaction ends. */
export async function lockProducts(
  client: pg.ClientBase,
  skus: readonly string[],
): Promise<Map<string, StoredProduct>> {
  const { rows } = await client.query<StoredProduct>({
    name: 'lock-products',
    text: 'SELECT sku, state, version, hlc, deps FROM products WHERE sku = ANY ($1::text[]) ORDER BY sku FOR UPDATE',
    values: [skus],
  });
  const known = new Map(skus.map((sku): [string, StoredProduct] => [sku, { sku, ...ABSENT }]));
  for (const row of rows) known.set(row.sku, row);
  return known;
}

/** The only write of several remote events, of products that `lockProducts` holds: all of it happens or nothing. */
export async function commitTogether(
  client: pg.ClientBase,
  region: string,
  { rows, beside, origins }: Written<StoredProduct, readonly ConflictRow[]>,
): Promise<readonly Origin[]> {
  // What was joined has the reading of its event, whatever was known before.
  const products = rows.map((row) => ({ ...toRow(row, region, row.hlc as Hlc), deps: row.deps }));
  const { text, values } = Prisma.sql`
    WITH wanted AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(products)}::jsonb)
        AS row (sku text, state jsonb, hlc text, known boolean, tags text[], available int, version int, deps jsonb)
    ),
    written AS (
      INSERT INTO products AS product (sku, state, hlc, known, tags, available, version, deps)
      SELECT sku, state, hlc, known, tags, available, version + 1, deps FROM wanted ORDER BY sku
      ON CONFLICT (sku) DO UPDATE
        SET state = excluded.state, hlc = greatest(product.hlc, excluded.hlc), known = excluded.known, tags = excluded.tags,
            available = excluded.available, version = excluded.version, deps = excluded.deps
        WHERE product.version = excluded.version - 1
      RETURNING sku
    ),
    heard AS (SELECT ${JSON.stringify(origins)}::jsonb AS origins),
    ${NOTE_TOGETHER},
    discarded AS (SELECT ${JSON.stringify(beside.flat())}::jsonb AS conflicts),
    kept AS (${KEEP_DISCARDED})
    SELECT (SELECT count(*) FROM written)::int AS written, ${NOTED_NEW} AS noted`;
  const [result] = (await client.query<{ written: number; noted: Origin[] }>({ name: 'join-products', text, values }))
    .rows;
  if (result?.written !== products.length) throw new Error('a product was written meanwhile that was not known');
  return result.noted;
}
