import type { Task } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Observe } from '../observation.ts';

/**
 * Model of a region's account at a payment provider (apps/order/src/payment). Somebody else's system: no fault of ours
 * touches it, but it declines, and its answers get lost. Under one key it charges once, and gives back once.
 */
export interface Charge {
  id: string;
  orderId: string;
  amountMinor: number;
  reference: string;
}
export type ChargeAnswer = { outcome: 'charged'; charge: Charge } | { outcome: 'declined' } | { outcome: 'unknown' };

export class PaymentProvider {
  readonly charges = new Map<string, Charge>();
  readonly declined = new Set<string>();
  /** By key: the charge that was given back. */
  readonly refunds = new Map<string, string>();
  readonly #region: string;
  readonly #kernel: Kernel;
  readonly #observe: Observe;

  constructor(region: string, kernel: Kernel, observe: Observe) {
    this.#region = region;
    this.#kernel = kernel;
    this.#observe = observe;
  }

  *charge({ key, ...request }: Omit<Charge, 'id'> & { key: string }): Task<ChargeAnswer> {
    const random = this.#kernel.randomOf(`provider asked for ${key}`);
    yield random.between(5, 80);
    let charge = this.charges.get(key);
    if (!charge) {
      // What it has said under a key it says again.
      if (this.declined.has(key) || random.chance(0.05)) {
        this.declined.add(key);
        return { outcome: 'declined' };
      }
      charge = { id: `charge ${this.charges.size + 1} in ${this.#region}`, ...request };
      this.charges.set(key, charge);
      this.#tell('charged', charge);
    }
    yield random.between(5, 80);
    return random.chance(0.1) ? { outcome: 'unknown' } : { outcome: 'charged', charge };
  }

  /** False when it is not known whether it was done. */
  *refund({ key, chargeId }: { key: string; chargeId: string }): Task<boolean> {
    const random = this.#kernel.randomOf(`provider asked for ${key}`);
    yield random.between(5, 80);
    const charge = [...this.charges.values()].find(({ id }) => id === chargeId);
    if (!charge) throw new Error(`There is no ${chargeId} in ${this.#region}.`);
    if (!this.refunds.has(key)) {
      this.refunds.set(key, chargeId);
      this.#tell('refunded', charge);
    }
    return !random.chance(0.1);
  }

  #tell(kind: 'charged' | 'refunded', { id: chargeId, orderId, amountMinor }: Charge): void {
    this.#observe({ kind, region: this.#region, orderId, chargeId, amountMinor });
  }
}
