import { isFencedCommit, writeFor } from '@meridian/fencing';
import { ProblemError, ServiceContext } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut, refusal } from '../carry-out.ts';
import { mayPay, type Refusal } from '../domain/decide.ts';
import { type KnownOrder, orderOf } from '../domain/order.ts';
import { OrderConfig } from '../order.config.ts';
import { chargeKeyOf } from '../payment/charge-key.ts';
import { PaymentAttempts } from '../payment/payment-attempts.ts';
import {
  type ChargeAnswer,
  type ChargeRequest,
  PaymentProvider,
  type ProviderCharge,
} from '../payment/payment-provider.ts';
import { OrderStore } from '../persistence/order-store.ts';

type Settled =
  | { outcome: 'paid'; order: KnownOrder }
  /** The charge was made and does not count; it is given back. */
  | { outcome: 'refused'; reason: Refusal }
  | { outcome: 'declined'; why: string }
  | { outcome: 'unknown' };

/** A payment before this one, and one that ends meanwhile; more than that is something gone wild. */
const ATTEMPTS = 4;

/**
 * Paying is three steps: the attempt is noted, the provider charges, the order learns of the charge. They are in two
 * systems that have no common commit, so each of them can be the last one. What makes that harmless is that the steps
 * after the first can be taken again by anybody: by the customer's retry, and by `Settlement` when there is none.
 *
 * Within a region an order is charged by one payment at a time. Regions do not ask each other, so two of them may both
 * charge; the order then counts the earlier payment, and the other charge is due for a refund where it was made. So is one
 * of another total than the order turns out to have, when another region had placed it at another price: it is due again.
 */
@Injectable()
export class PayOrder {
  constructor(
    private readonly store: OrderStore,
    private readonly carryOut: CarryOut,
    private readonly attempts: PaymentAttempts,
    private readonly provider: PaymentProvider,
    private readonly config: OrderConfig,
    { logger }: ServiceContext,
  ) {
    provider.onCharged((charge) => {
      // It was made, whoever may take writes by now.
      writeFor('region', () => this.note(charge)).catch((failure) =>
        logger.warn({ err: failure }, 'what the provider told was not noted'),
      );
    });
  }

  /** Throws a ProblemError when the order is not paid by this reference in the end. */
  async pay(orderId: string, reference: string): Promise<KnownOrder> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { facts } = await this.store.find(orderId);
      const order = orderOf(facts);
      const allowed = mayPay(order, reference);
      if (!allowed.ok) throw refusal(allowed.reason, orderId);
      if (!allowed.amount) return order as KnownOrder;

      const key = chargeKeyOf({ orderId, reference, amount: allowed.amount }, facts, this.config.region);
      const open = await this.attempts.open({ orderId, key, reference, amount: allowed.amount });
      if (!open) continue;
      const settled = await this.settle(open).catch(unlessFenced);
      // That of another reference was first, and this one has to see what became of it.
      if (open.key === key || settled.outcome === 'unknown') return this.answer(settled, open);
    }
    throw new ProblemError('concurrent-change', { detail: `The order ${orderId} is being paid; try again.` });
  }

  /** Takes the steps that are left of an attempt, whoever began it. */
  async settle(attempt: ChargeRequest): Promise<Settled> {
    const answer = await this.ask(attempt);
    if (!answer) return { outcome: 'unknown' };
    const settled = answer.outcome === 'charged' ? await this.note(answer.charge) : answer;
    await this.attempts.close(attempt);
    return settled;
  }

  private async ask(attempt: ChargeRequest): Promise<ChargeAnswer | undefined> {
    try {
      return await this.provider.charge(attempt, AbortSignal.timeout(this.config.paymentTimeoutMs));
    } catch {
      return undefined;
    }
  }

  private async note(charge: ProviderCharge): Promise<Settled> {
    const noted = await this.carryOut.attempt(charge.orderId, () => ({ type: 'PayOrder', charge }));
    return noted.ok ? { outcome: 'paid', order: noted.order } : { outcome: 'refused', reason: noted.reason };
  }

  private answer(settled: Settled, { orderId, reference }: ChargeRequest): KnownOrder {
    switch (settled.outcome) {
      case 'paid':
        return settled.order;
      case 'refused':
        throw refusal(settled.reason, orderId);
      case 'declined':
        throw new ProblemError('payment-declined', {
          detail: `The payment ${reference} was declined: ${settled.why}.`,
        });
      case 'unknown':
        throw new ProblemError(
          'payment-outcome-unknown',
          {
            detail:
              `The payment provider did not answer within ${this.config.paymentTimeoutMs} ms and may have charged ${reference}. ` +
              'Send the same request again, here or in another region: one charge counts, and any other is refunded.',
          },
          { 'retry-after': '1' },
        );
    }
  }
}

/** Charged, and by then no write of a client was taken: `Settlement` brings to the order what came of it. */
function unlessFenced(failure: unknown): Settled {
  if (isFencedCommit(failure)) return { outcome: 'unknown' };
  throw failure;
}
