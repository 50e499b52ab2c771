import { randomUUID } from 'node:crypto';
import { EDGE, type RegionId, urlOf, wanLink } from '@meridian/regions';
import { type Answer, addresses, http, type Outcome, pause, regions, viaEdge } from '@meridian/test-harness';
import { openLoop, type ShopKind, type ShopRequest, shopRequest } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { registerPersons } from '../arrange/register-persons.ts';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';

/** One request of a client, who does not repeat it: what the edge could not save counts as failed. */
export interface SentRequest {
  kind: ShopKind;
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
/** Of the ramp, for each request a second: a second and a bit for quick ones, three for full ones. */
const RAMP_MS_PER_RATE = 30;
/** A user does not wait longer. */
const PATIENCE_MS = 5_000;

/**
 * Clients of all regions by turns, open loop, until stopped (`shopRequest` says what they ask); resolves when the rate is
 * reached. `around` sends each request to the client's own region, over the link that the edge would take.
 */
export async function startTraffic(perSecond: number, around?: 'the edge'): Promise<Traffic> {
  const sku = await putOnSale('LOAD', UNITS_PER_REGION);
  const persons = await registerPersons(PERSONS, (i) => `Person ${i}`);
  const reach = around ? overLink : throughEdge;
  const requests: SentRequest[] = [];
  const send = async (i: number) => {
    requests.push(await sendOne(i, sku, persons[i % persons.length] as string, reach));
  };
  const rampMs = RAMP_MS_PER_RATE * perSecond;
  const load = openLoop(perSecond, send, { rampMs });
  await pause(rampMs);
  return {
    sku,
    unitsStocked: UNITS_PER_REGION * regions.length,
    requests,
    async stop() {
      await load.stop();
      return requests;
    },
  };
}

type Reach = (near: RegionId, request: ShopRequest) => Promise<Answer>;

const throughEdge: Reach = (near, { path, method, headers, body }) =>
  viaEdge(near, path, { method, headers, body, timeoutMs: PATIENCE_MS });
const overLink: Reach = (near, { service, path, method, headers, body }) =>
  http(`${urlOf(wanLink(addresses, EDGE, near, service).listen)}${path}`, {
    ...{ method, headers, body, timeoutMs: PATIENCE_MS },
  });

async function sendOne(i: number, sku: string, person: string, reach: Reach): Promise<SentRequest> {
  const near = regions[i % regions.length] as RegionId;
  const customerId = randomUUID();
  const request = shopRequest(i, { sku, person, customerId, idempotencyKey: randomUUID() });
  const { kind } = request;
  const sentAtMs = performance.now();
  const answered = await reach(near, request).then(
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
