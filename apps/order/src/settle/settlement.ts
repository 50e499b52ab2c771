import { writeFor } from '@meridian/fencing';
import { isDatabaseAway, ServiceContext } from '@meridian/service-kit';
import { inSpan, tracer } from '@meridian/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { refundsDue } from '../domain/order.ts';
import { OrderConfig } from '../order.config.ts';
import { PayOrder } from '../pay-order/pay-order.ts';
import { PaymentAttempts } from '../payment/payment-attempts.ts';
import { PaymentProvider } from '../payment/payment-provider.ts';
import type { StoredOrder } from '../persistence/order-shapes.ts';
import { OrderStore } from '../persistence/order-store.ts';
import { PlaceOrder } from '../place-order/place-order.ts';
import { type PlacingAttempt, PlacingAttempts } from '../place-order/placing-attempts.ts';

/** What was not rung for (a restart, a provider that failed) is found by looking; three index scans that find nothing. */
const LOOK_EVERY_MS = 1_000;
const PAGE = 100;
/** Placings side by side: each may have to wait for a catalog, and a page of them no longer than one. */
const AT_ONCE = 20;

/**
 * Brings what is open in this region to its end: placings that broke off after units may have been reserved for them,
 * payments whose outcome no order knows, and charges that are to be given back. Where the side effect runs: `origin`, the
 * region that asked the catalog or made the charge.
 *
 * None is a queue. All are read off the rows, so nothing that must be done can be lost by not having been enqueued, and
 * a restart, a replayed event or a crash half way leads to the same rows again. Towards catalog and provider that is at
 * least once, under a key that makes it once; the order learns of it by one fact.
 */
@Injectable()
export class Settlement implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly spans = tracer('order');
  private timer: NodeJS.Timeout | undefined;
  private pass: Promise<void> | undefined;
  private again = false;
  private stopping = false;

  constructor(
    private readonly store: OrderStore,
    private readonly attempts: PaymentAttempts,
    private readonly payOrder: PayOrder,
    private readonly placings: PlacingAttempts,
    private readonly placeOrder: PlaceOrder,
    private readonly provider: PaymentProvider,
    private readonly carryOut: CarryOut,
    private readonly config: OrderConfig,
    private readonly service: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.store.refunds.on('due', this.wake);
    this.timer = setInterval(this.wake, LOOK_EVERY_MS);
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.store.refunds.off('due', this.wake);
    clearInterval(this.timer);
    this.stopping = true;
    await this.pass;
  }

  /** One pass at a time; what rings during one is seen by another one after it. */
  private readonly wake = (): void => {
    if (this.pass) {
      this.again = true;
      return;
    }
    this.again = false;
    this.pass = this.look().finally(() => {
      this.pass = undefined;
      if (this.again && !this.stopping) this.wake();
    });
  };

  private async look(): Promise<void> {
    try {
      await Promise.all([this.settlePlacings(), this.settlePayments(), this.giveBack()]);
    } catch (failure) {
      if (!isDatabaseAway(failure)) this.service.logger.error({ err: failure }, 'what is open was not looked for');
    }
  }

  private async settlePlacings(): Promise<void> {
    let page: PlacingAttempt[] = [];
    do {
      page = await this.placings.findOld(this.config.placingSettleAfterMs, {
        after: page.at(-1)?.orderId,
        limit: AT_ONCE,
      });
      const settle = (attempt: PlacingAttempt) =>
        this.each('settle placing', attempt.orderId, () => this.placeOrder.settle(attempt));
      await Promise.all(page.map(settle));
    } while (page.length === AT_ONCE);
  }

  private async settlePayments(): Promise<void> {
    for (const attempt of await this.attempts.findOld(this.config.paymentSettleAfterMs, PAGE))
      await this.each('settle payment', attempt.orderId, () => this.payOrder.settle(attempt));
  }

  private async giveBack(): Promise<void> {
    let page: StoredOrder[] = [];
    do {
      page = await this.store.findRefundsDue(page.at(-1)?.id, PAGE);
      for (const order of page) await this.each('refund', order.id, () => this.refund(order));
    } while (page.length === PAGE);
  }

  /** In a trace of its own, as no request is waiting. One that fails is tried again in the next pass, the others in this. */
  private async each(what: string, orderId: string, work: () => Promise<unknown>): Promise<void> {
    // What is left is found again by the next process.
    if (this.stopping) return;
    try {
      // Money that was taken is accounted for or given back, whoever takes the writes of clients now.
      await inSpan(this.spans, what, {}, () => writeFor('region', work));
    } catch (failure) {
      if (!isDatabaseAway(failure)) this.service.logger.warn({ err: failure, orderId }, `${what} failed; trying again`);
    }
  }

  private async refund({ id, facts }: StoredOrder): Promise<void> {
    for (const [chargeId] of refundsDue(facts, this.config.region)) {
      // First of all, so that it cannot come to count while, or after, its money goes back.
      const voided = await this.carryOut.attempt(id, () => ({ type: 'VoidCharge', chargeId }));
      if (!voided.ok) continue;
      await this.provider.refund({ key: `refund ${chargeId}`, chargeId });
      await this.carryOut.command(id, () => ({ type: 'NoteRefund', chargeId }));
    }
  }
}
