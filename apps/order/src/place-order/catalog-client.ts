import { type Problem, type ProblemName, problemAmong, reserveStockResponse } from '@meridian/contracts';
import { createRegionClient, type RegionClient } from '@meridian/region-client';
import { carrySession } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { PricedLine } from '../domain/order.ts';
import { OrderConfig } from '../order.config.ts';
import type { PlacingAttempt } from './placing-attempts.ts';

/** The catalog is in the same region, a millisecond away; this covers a restart of its database connection. */
const TIMEOUT_MS = 3_000;

/** Refusals of the catalog that are news for whoever places the order; any other is a fault between the two services. */
const PASSED_ON: ProblemName[] = [
  'unknown-sku',
  'insufficient-stock',
  'invalid-request',
  'idempotency-key-reused',
  'order-state-conflict',
  'concurrent-change',
  'region-not-serving',
  'region-not-writable',
  'service-unavailable',
  'consistency-unavailable',
  'upstream-timeout',
];
/**
 * Those after which no units are held for the order. Any other leaves that open. (A reservation that is another request's
 * is not this one's, and one that was given back stays so.)
 */
const HOLDS_NOTHING: ProblemName[] = [
  'unknown-sku',
  'insufficient-stock',
  'invalid-request',
  'idempotency-key-reused',
  'order-state-conflict',
  'concurrent-change',
];

/**
 * Those of a fence, which refuses before it looks at what is reserved, or in the commit itself. So this asking has taken
 * nothing; one before it may have.
 */
const TOOK_NOTHING: ProblemName[] = ['region-not-writable'];

export interface Reserved {
  lines: PricedLine[];
  /** The region that holds the units: this one, or one that had enough of them. */
  reservedIn: string;
}

export type ReserveOutcome =
  | { ok: true; reserved: Reserved }
  /** `holdsNothing`: it is known that no units are reserved for the order; `tookNothing`: none by this asking. */
  | { ok: false; holdsNothing: boolean; tookNothing: boolean; problem: ProblemError };

@Injectable()
export class CatalogClient implements OnModuleDestroy {
  private readonly client: RegionClient;
  private readonly region: string;

  constructor({ catalogUrl, region }: OrderConfig) {
    this.region = region;
    this.client = createRegionClient({
      ...{ baseUrl: catalogUrl, region, timeoutMs: TIMEOUT_MS },
      carry: carrySession,
    });
  }

  /** Takes the units out of stock. Asked again for the same order, takes nothing more and answers the same. */
  async reserve({ orderId, lines }: Pick<PlacingAttempt, 'orderId' | 'lines'>): Promise<ReserveOutcome> {
    const answer = await this.client.call({
      method: 'POST',
      path: '/reservations',
      body: { orderId, lines },
      repeatable: true,
      responseSchema: reserveStockResponse,
    });
    if (!answer.ok)
      return {
        ok: false,
        holdsNothing: problemAmong(HOLDS_NOTHING, answer.problem) !== undefined,
        // Sent twice, the first may have arrived, too.
        tookNothing: !answer.sentTwice && problemAmong(TOOK_NOTHING, answer.problem) !== undefined,
        problem: asOurs(answer.problem),
      };
    return { ok: true, reserved: { lines: answer.body.lines, reservedIn: answer.body.reservedIn ?? this.region } };
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.close();
  }
}

function asOurs(problem: Problem): ProblemError {
  const { detail, status, errors } = problem;
  const name = problemAmong(PASSED_ON, problem);
  if (name) return new ProblemError(name, { detail, errors });
  return new ProblemError('upstream-error', { detail: `The catalog answered ${status}.` });
}
