import { EventEmitter } from 'node:events';
import { inSpan, tracer } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { Database } from '../persistence/database.ts';
import { type ChargeAnswer, type ChargeRequest, PaymentProvider, type ProviderCharge } from './payment-provider.ts';

/** What a reference begins with makes the sandbox misbehave as real providers do; what follows tells payments apart. */
const DECLINES = 'sandbox-decline';
/** The charge is made and the answer is lost. Asked again under the same key, it answers. */
const HANGS = 'sandbox-hang';
/** It answers, and tells of the same charge once more by itself. */
const ANSWERS_TWICE = 'sandbox-twice';

/** The key was free: `xmax` is 0 in a row that this very statement inserted. */
const CHARGE = `
  INSERT INTO sandbox_charges AS known (key, order_id, amount_minor, currency, reference)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (key) DO UPDATE SET key = known.key
  RETURNING id, (xmax = 0) AS "isFirst"`;

/**
 * A payment provider without money: its account is two tables beside the service's own, which the service reaches by the
 * port alone and never in one transaction with an order, as it could not with a real one.
 */
@Injectable()
export class SandboxProvider extends PaymentProvider {
  private readonly told = new EventEmitter<{ charged: [ProviderCharge] }>();
  private readonly spans = tracer('order');

  constructor(private readonly database: Database) {
    super();
  }

  charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeAnswer> {
    return this.inSpan('charge', async () => {
      const { key, orderId, amount, reference } = request;
      signal.throwIfAborted();
      if (reference.startsWith(DECLINES)) return { outcome: 'declined', why: 'the card was declined' };
      const values = [key, orderId, amount.amountMinor, amount.currency, reference];
      const { rows } = await this.database.pool.query<{ id: string; isFirst: boolean }>(CHARGE, values);
      const [{ id, isFirst }] = rows as [{ id: string; isFirst: boolean }];
      if (isFirst && reference.startsWith(HANGS)) return await untilAborted(signal);
      const charge = { id, orderId, amount, reference };
      if (isFirst && reference.startsWith(ANSWERS_TWICE)) setImmediate(() => this.told.emit('charged', charge));
      return { outcome: 'charged', charge };
    });
  }

  refund({ key, chargeId }: { key: string; chargeId: string }): Promise<void> {
    return this.inSpan('refund', async () => {
      const text = 'INSERT INTO sandbox_refunds (key, charge_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING';
      await this.database.pool.query(text, [key, chargeId]);
    });
  }

  onCharged(listener: (charge: ProviderCharge) => void): void {
    this.told.on('charged', listener);
  }

  private inSpan<T>(what: string, work: () => Promise<T>): Promise<T> {
    return inSpan(this.spans, `sandbox provider ${what}`, { kind: SpanKind.CLIENT }, work);
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
