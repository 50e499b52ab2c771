import type { Money } from '../domain/order.ts';

export interface ChargeRequest {
  /** Asked again under one key, a provider charges once and answers the same. */
  key: string;
  /** Whose payment it is; a provider hands it back with what it tells. */
  orderId: string;
  amount: Money;
  /** What the customer pays with. */
  reference: string;
}

export interface ProviderCharge {
  id: string;
  orderId: string;
  amount: Money;
  reference: string;
}

export type ChargeAnswer = { outcome: 'charged'; charge: ProviderCharge } | { outcome: 'declined'; why: string };

/**
 * Whoever moves the money. Each region has an account of its own there, as a provider's key does not reach beyond one: so a
 * payment that two regions were asked for is charged twice, and given back once, by the region that made the charge.
 *
 * A class, so that it can be injected.
 */
export abstract class PaymentProvider {
  /**
   * Rejects when it is not known whether the charge was made, also when `signal` ends the wait. Asking again under the same
   * key settles that, and is the only thing that does: a question whether there is a charge may be answered before one
   * that is still on its way is made.
   */
  abstract charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeAnswer>;

  /** Gives a charge back. Under one key once, however often it is asked to; resolves when that is done. */
  abstract refund(request: { key: string; chargeId: string }): Promise<void>;

  /** Providers also tell of charges by themselves, whenever they like and more than once. */
  abstract onCharged(listener: (charge: ProviderCharge) => void): void;
}
