import { Injectable } from '@nestjs/common';
import type { Money } from '../domain/order.ts';
import { Database } from '../persistence/database.ts';
import type { ChargeRequest } from './payment-provider.ts';

interface Row {
  orderId: string;
  key: string;
  reference: string;
  amountMinor: number;
  currency: string;
}

const COLUMNS = 'order_id AS "orderId", key, reference, amount_minor AS "amountMinor", currency';

const OPEN = `
  WITH opened AS (
    INSERT INTO payment_attempts (order_id, key, reference, amount_minor, currency) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING *
  )
  SELECT ${COLUMNS} FROM (SELECT * FROM opened UNION ALL SELECT * FROM payment_attempts WHERE order_id = $1) AS open`;

const FIND_OLD = `
  SELECT ${COLUMNS} FROM payment_attempts
  WHERE started_at < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
  ORDER BY started_at LIMIT $2`;

/**
 * Payments that the provider was, or is about to be, asked for, and whose outcome the order does not know yet. Written
 * before the provider is asked: a process that dies in between leaves its question behind, and asking it again under the
 * same key tells what came of it. So no charge is ever where no order knows of it.
 */
@Injectable()
export class PaymentAttempts {
  constructor(private readonly database: Database) {}

  /**
   * Notes an attempt, or finds that there is one for this order: to pay it twice at once would charge it twice. Undefined
   * when one was noted and taken away at this moment.
   */
  async open({ orderId, key, reference, amount }: ChargeRequest): Promise<ChargeRequest | undefined> {
    const values = [orderId, key, reference, amount.amountMinor, amount.currency];
    const { rows } = await this.database.pool.query<Row>(OPEN, values);
    return rows[0] && toRequest(rows[0]);
  }

  /** Once its outcome is known. */
  async close({ orderId, key }: ChargeRequest): Promise<void> {
    await this.database.pool.query('DELETE FROM payment_attempts WHERE order_id = $1 AND key = $2', [orderId, key]);
  }

  /** Those that no request is at work on any more. */
  async findOld(afterMs: number, limit: number): Promise<ChargeRequest[]> {
    const { rows } = await this.database.pool.query<Row>(FIND_OLD, [afterMs, limit]);
    return rows.map(toRequest);
  }
}

function toRequest({ amountMinor, currency, ...rest }: Row): ChargeRequest {
  return { ...rest, amount: { amountMinor, currency: currency as Money['currency'] } };
}
