import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { placeOrder } from './clients.ts';

/** What a client knows of an operation: it happened, it did not, or nobody can say. */
export type Outcome = 'ok' | 'fail' | 'info';

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

export interface Workload {
  history: Operation[];
  /** Sends no more and waits for what is under way. */
  stop(): Promise<Operation[]>;
}

interface Options {
  regions: RegionId[];
  sku: string;
  /** Clients per region; each has one order under way at a time. */
  clients: number;
  /** Least time between two orders of one client. */
  everyMs: number;
  /** How long a client goes on retrying one order, with its key, before it calls the outcome unknown. */
  patienceMs: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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
export function startWorkload(options: Options): Workload {
  const history: Operation[] = [];
  let stopping = false;
  const client = async (region: RegionId) => {
    while (!stopping) {
      const operation = await oneOrder(region, options);
      history.push(operation);
      const rest = options.everyMs - (operation.endedAtMs - operation.startedAtMs);
      if (rest > 0) await pause(rest);
    }
  };
  const running = options.regions.flatMap((region) => Array.from({ length: options.clients }, () => client(region)));
  return {
    history,
    async stop() {
      stopping = true;
      await Promise.all(running);
      return history;
    },
  };
}
