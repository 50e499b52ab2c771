import { RegionalServiceConfig, readServiceConfig, regionalServiceEnvironment } from '@meridian/service-kit/process';
import { z } from 'zod';

const environment = regionalServiceEnvironment.extend({
  CATALOG_URL: z.url(),
  /** A provider answers within a second or two, or it hangs; the caller of `pay` is waiting as well. */
  PAYMENT_TIMEOUT_MS: z.coerce.number().int().min(1).default(3_000),
  /** Longer than any request that pays: until then it is at work on its payment itself. */
  PAYMENT_SETTLE_AFTER_MS: z.coerce.number().int().min(1).default(10_000),
  /** As for a payment; the catalog is waited for 3 s. */
  PLACING_SETTLE_AFTER_MS: z.coerce.number().int().min(1).default(10_000),
});

/** What this process was told. */
export class OrderConfig extends RegionalServiceConfig {
  /** The catalog of this region. */
  readonly catalogUrl: string;
  /** How long the payment provider is waited for. */
  readonly paymentTimeoutMs: number;
  /** How old a payment of unknown outcome is when this service asks for it by itself. */
  readonly paymentSettleAfterMs: number;
  /** How old a placing that broke off is when this service completes it by itself. */
  readonly placingSettleAfterMs: number;

  constructor(env: z.infer<typeof environment>) {
    super(env);
    this.catalogUrl = env.CATALOG_URL;
    this.paymentTimeoutMs = env.PAYMENT_TIMEOUT_MS;
    this.paymentSettleAfterMs = env.PAYMENT_SETTLE_AFTER_MS;
    this.placingSettleAfterMs = env.PLACING_SETTLE_AFTER_MS;
  }
}

/** Ends the process with one plain sentence when the environment is not right. */
export const readOrderConfig = () => readServiceConfig(environment, OrderConfig, process.env);
