import { randomUUID } from 'node:crypto';
import { EDGE, type RegionId, type ServiceName, urlOf, wanLink } from '@meridian/regions';
import { type Answer, addresses, type Call, http, type Outcome, regions, viaEdge } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { registerPersons } from '../arrange/register-persons.ts';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';

/** One request of a client, who does not repeat it: what the edge could not save counts as failed. */
export interface SentRequest {
  /** A rename has no key, so that the edge may not repeat it. */
  kind: 'read' | 'order' | 'rename';
  /** Where the client is. */
  near: RegionId;
  /** Of `performance.now()`. */
  sentAtMs: number;
  endedAtMs: number;
  outcome: Outcome;
  why: string | undefined;
  servedBy: RegionId | undefined;
  /** How often the edge asked another region. */
  repeats: number;
  traceId: string | undefined;
  /** Of an order: a customer of its own. */
  customerId?: string;
  orderId?: string;
}

export interface Traffic {
  sku: string;
  unitsStocked: number;
  /** In the order in which they ended. */
  requests: SentRequest[];
  /** Sends no more and waits for what is under way. */
  stop(): Promise<SentRequest[]>;
}

const UNITS_PER_REGION = 1_000_000;
const PERSONS = 12;
/** A user does not wait longer. */
const PATIENCE_MS = 5_000;
const TICK_MS = 5;
/** Ten and three regions have no common factor, so that each region is asked for each. */
const KINDS: readonly SentRequest['kind'][] = [
  ...(['read', 'order', 'read', 'read', 'rename', 'read', 'order', 'read', 'read', 'read'] as const),
];

/**
 * Clients of all regions by turns, open loop, until stopped: as in a shop, seven in ten look, two order, one edits. `around` sends each request to the client's own region, over the link that the edge would take.
 */
export async function startTraffic(perSecond: number, around?: 'the edge'): Promise<Traffic> {
  const sku = await putOnSale('LOAD', UNITS_PER_REGION);
  const persons = await registerPersons(PERSONS, (i) => `Person ${i}`);
  const reach = around ? overLink : throughEdge;
  const requests: SentRequest[] = [];
  const underWay: Promise<void>[] = [];
  let isStopped = false;
  const send = async (i: number) => {
    const request = await sendOne(i, sku, persons[i % persons.length] as string, reach);
    requests.push(request);
  };
  const startedMs = performance.now();
  const sending = (async () => {
    while (!isStopped) {
      const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1_000) + 1;
      while (underWay.length < due) underWay.push(send(underWay.length));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  })();
  return {
    sku,
    unitsStocked: UNITS_PER_REGION * regions.length,
    requests,
    async stop() {
      isStopped = true;
      await sending;
      await Promise.all(underWay);
      return requests;
    },
  };
}

type Reach = (near: RegionId, service: ServiceName, path: string, call: Call) => Promise<Answer>;

const throughEdge: Reach = (near, _, path, call) => viaEdge(near, path, call);
const overLink: Reach = (near, service, path, call) =>
  http(`${urlOf(wanLink(addresses, EDGE, near, service).listen)}${path}`, call);

async function sendOne(i: number, sku: string, person: string, reach: Reach): Promise<SentRequest> {
  const near = regions[i % regions.length] as RegionId;
  const kind = KINDS[i % KINDS.length] as SentRequest['kind'];
  const customerId = randomUUID();
  const sentAtMs = performance.now();
  const ask = () => {
    switch (kind) {
      case 'read':
        return reach(near, 'catalog', `/products/${sku}`, { timeoutMs: PATIENCE_MS });
      case 'rename':
        return reach(near, 'user', `/users/${person}`, {
          method: 'PATCH',
          body: { name: `Name ${i}` },
          timeoutMs: PATIENCE_MS,
        });
      case 'order':
        return reach(near, 'order', '/orders', {
          method: 'POST',
          headers: { 'idempotency-key': randomUUID() },
          body: { customerId, lines: [{ sku, quantity: 1 }] },
          timeoutMs: PATIENCE_MS,
        });
    }
  };
  const answered = await ask().then(
    (answer) => ({
      ...outcomeOf(answer),
      servedBy: answer.headers['x-meridian-region'],
      repeats: Number(answer.headers['x-meridian-retries'] ?? 0),
      traceId: answer.headers['x-meridian-trace-id'],
      ...(kind === 'order' && { customerId, orderId: answer.body?.id as string | undefined }),
    }),
    (failure) => ({
      ...brokenOff(failure),
      servedBy: undefined,
      repeats: 0,
      traceId: undefined,
      ...(kind === 'order' && { customerId }),
    }),
  );
  return { kind, near, sentAtMs, endedAtMs: performance.now(), ...answered };
}
