import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { placeOrder } from './clients.ts';
import { type Outcome, type Pace, pause, type Workload, workUntilStopped } from './work-until-stopped.ts';

export interface Operation {
  key: string;
  customerId: string;
  region: RegionId;
  outcome: Outcome;
  orderId?: string;
  servedBy?: string;
  /** Times the client sent it, with the same key. */
  attempts: number;
  startedAtMs: number;
  endedAtMs: number;
  why?: string;
}

interface Options extends Pace {
  sku: string;
  /** How long a client goes on retrying one order, with its key, before it calls the outcome unknown. */
  patienceMs: number;
}

/** One order, sent again with the same key until it is answered for good or patience ends: as a careful client does. */
async function oneOrder(region: RegionId, options: Options): Promise<Operation> {
  const operation: Operation = {
    key: randomUUID(),
    customerId: randomUUID(),
    region,
    outcome: 'info',
    attempts: 0,
    startedAtMs: performance.now(),
    endedAtMs: 0,
  };
  while (performance.now() - operation.startedAtMs < options.patienceMs) {
    operation.attempts += 1;
    try {
      const { sku } = options;
      const answer = await placeOrder(region, {
        sku,
        key: operation.key,
        customerId: operation.customerId,
        timeoutMs: 5_000,
      });
      operation.why = `${answer.status} ${answer.body?.type ?? ''}`;
      if (answer.status === 200 || answer.status === 201) {
        operation.outcome = 'ok';
        operation.orderId = answer.body.id;
        operation.servedBy = answer.headers['x-meridian-region'];
        break;
      }
      if (answer.status < 500 && answer.body?.type !== 'urn:meridian:problem:request-in-progress') {
        operation.outcome = 'fail';
        break;
      }
    } catch (error) {
      operation.why = error instanceof Error ? error.message : String(error);
    }
    await pause(100);
  }
  operation.endedAtMs = performance.now();
  return operation;
}

/** Clients in every given region that place orders until stopped. */
export function startWorkload(options: Options): Workload<Operation> {
  return workUntilStopped(options, (region) => oneOrder(region, options));
}
