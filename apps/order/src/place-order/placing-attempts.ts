import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.ts';

export interface PlacingAttempt {
  orderId: string;
  customerId: string;
  lines: { sku: string; quantity: number }[];
  requestHash: string;
}

const COLUMNS = 'order_id AS "orderId", customer_id AS "customerId", lines, request_hash AS "requestHash"';

/** What is found was asked for before, or is about to be. An order that is known may have one open: it was told of by another region. */
const OPEN = `
  WITH opened AS (
    INSERT INTO placing_attempts (order_id, customer_id, lines, request_hash, asked_once)
    SELECT $1::uuid, $2::uuid, $3::jsonb, $4, true
    WHERE NOT EXISTS (SELECT FROM orders WHERE id = $1::uuid AND status IS NOT NULL)
    ON CONFLICT (order_id) DO UPDATE SET asked_once = false RETURNING *
  ),
  found AS (
    UPDATE placing_attempts SET asked_once = false
    WHERE order_id = $1::uuid AND EXISTS (SELECT FROM orders WHERE id = $1::uuid AND status IS NOT NULL) RETURNING *
  )
  SELECT ${COLUMNS} FROM (SELECT * FROM opened UNION ALL SELECT * FROM found) AS open`;

const FIND_OLD = `
  SELECT ${COLUMNS} FROM placing_attempts
  WHERE started_at < clock_timestamp() - make_interval(secs => $1::float8 / 1000) AND order_id > $2::uuid
  ORDER BY order_id LIMIT $3`;
/** Below every id of an order. */
const NIL = '00000000-0000-0000-0000-000000000000';

/**
 * Placings for which the catalog was, or is about to be, asked for units, and which the order does not tell of yet. Written
 * before the catalog is asked: a process that dies in between, or an answer that is lost, leaves its question behind, and
 * asking it again tells what came of it. So no units are ever reserved for a placing of which no order knows.
 */
@Injectable()
export class PlacingAttempts {
  constructor(private readonly database: Database) {}

  /** Notes an attempt, or finds the one that is open for this order, before the catalog is asked. Undefined when the order is known and none is open. */
  async open({ orderId, customerId, lines, requestHash }: PlacingAttempt): Promise<PlacingAttempt | undefined> {
    const values = [orderId, customerId, JSON.stringify(lines), requestHash];
    const { rows } = await this.database.pool.query<PlacingAttempt>(OPEN, values);
    return rows[0];
  }

  /** Once it is known what became of it. The statement that writes an order closes its attempt itself. */
  async close({ orderId, requestHash }: PlacingAttempt): Promise<void> {
    const text = 'DELETE FROM placing_attempts WHERE order_id = $1 AND request_hash = $2';
    await this.database.pool.query(text, [orderId, requestHash]);
  }

  /** After an asking that took nothing: unless there was another one, which may have. */
  async closeIfAskedOnce({ orderId, requestHash }: PlacingAttempt): Promise<void> {
    const text = 'DELETE FROM placing_attempts WHERE order_id = $1 AND request_hash = $2 AND asked_once';
    await this.database.pool.query(text, [orderId, requestHash]);
  }

  /** Before the catalog is asked by who has not opened it. False when it is closed by now: nothing is to be asked. */
  async noteAskedAgain({ orderId, requestHash }: PlacingAttempt): Promise<boolean> {
    const text = 'UPDATE placing_attempts SET asked_once = false WHERE order_id = $1 AND request_hash = $2';
    return (await this.database.pool.query(text, [orderId, requestHash])).rowCount === 1;
  }

  /** Those that no request is at work on any more, a page at a time: one that stays open does not hide those behind it. */
  async findOld(olderThanMs: number, page: { after: string | undefined; limit: number }): Promise<PlacingAttempt[]> {
    const values = [olderThanMs, page.after ?? NIL, page.limit];
    const { rows } = await this.database.pool.query<PlacingAttempt>(FIND_OLD, values);
    return rows;
  }
}
