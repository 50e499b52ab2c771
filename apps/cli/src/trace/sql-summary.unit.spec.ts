import { expect, it } from 'vitest';
import { sqlSummary } from './sql-summary.ts';

it.each([
  ['SELECT "public"."orders"."id" FROM "public"."orders" WHERE "public"."orders"."id" = $1 LIMIT $2', 'SELECT orders'],
  [
    'SELECT (SELECT 1 FROM products) AS a, (SELECT 2 FROM reservations WHERE order_id = $2) AS b',
    'SELECT products, reservations',
  ],
  [
    `WITH written AS (
       INSERT INTO orders AS known (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET state = excluded.state RETURNING id
     ), appended AS (INSERT INTO outbox (topic) SELECT topic FROM jsonb_to_recordset($2) AS event (topic text))
     SELECT count(*) FROM written`,
    'INSERT orders, outbox',
  ],
  ['WITH held AS (SELECT sku FROM products FOR UPDATE OF products) UPDATE products SET version = 2', 'UPDATE products'],
  ['INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1)', 'INSERT a, b, …'],
  ['DELETE FROM inbox WHERE sequence < $1', 'DELETE inbox'],
  ['BEGIN', 'BEGIN'],
])('%s', (statement, summary) => expect(sqlSummary(statement)).toBe(summary));

it('claims nothing of what it cannot read', () => {
  expect(sqlSummary('SELECT pg_advisory_xact_lock(hashtext($1)), clock_timestamp()')).toBeUndefined();
  expect(sqlSummary(' ')).toBeUndefined();
});
