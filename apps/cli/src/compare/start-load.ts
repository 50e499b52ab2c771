import { randomUUID } from 'node:crypto';
import { HEADERS } from '@meridian/contracts';
import { type RegionId, regionIds, urlOf } from '@meridian/regions';
import { openLoop, shopRequest } from '@meridian/testing';
import { z } from 'zod';
import { ask } from '../instance/ask.ts';
import { type Answer, type Call, type Unreachable, unsampledTraceparent } from '../instance/http.ts';
import type { Session } from '../session.ts';
import type { SentRequest } from './mode-card.ts';

/** What the load needs; made once, so that every mode has the same. */
export interface Stand {
  sku: string;
  persons: string[];
}

export interface Load {
  /** In the order in which they ended. */
  requests: SentRequest[];
  /** Sends no more and waits for what is under way. */
  stop(): Promise<void>;
}

const UNITS_PER_REGION = 1_000_000;
const PERSONS = 12;
/** A user does not wait longer. */
const PATIENCE_MS = 5_000;

/** A product with stock enough, and users to be renamed, registered in each region by turns. They stay. */
export async function prepareStand(session: Session): Promise<Stand> {
  const regions = regionIds(session.topology);
  const tag = randomUUID().slice(0, 8);
  const sku = `COMPARE-${tag.toUpperCase()}`;
  const product = {
    ...{ sku, name: `For comparing modes, ${tag}`, price: { amountMinor: 1999, currency: 'EUR' } },
    stock: Object.fromEntries(regions.map((region) => [region, UNITS_PER_REGION])),
  };
  await ask(session, 'The edge', callFrom(session, regions[0] as RegionId, 'POST', '/products', product), z.unknown());
  const persons: string[] = [];
  for (let i = 0; i < PERSONS; i += 1) {
    const user = { email: `compare-${tag}-${i}@example.com`, name: `Person ${i}`, country: 'IE' };
    const call = callFrom(session, regions[i % regions.length] as RegionId, 'POST', '/users', user);
    persons.push((await ask(session, 'The edge', call, z.object({ id: z.string() }))).id);
  }
  return { sku, persons };
}

/** Clients of all regions by turns, through the edge, none of whom repeats anything. */
export function startLoad(session: Session, perSecond: number, { sku, persons }: Stand): Load {
  const regions = regionIds(session.topology);
  const requests: SentRequest[] = [];
  const { stop } = openLoop(perSecond, async (i) => {
    const near = regions[i % regions.length] as RegionId;
    const person = persons[i % persons.length] as string;
    const request = shopRequest(i, { sku, person, customerId: randomUUID(), idempotencyKey: randomUUID() });
    const { kind, service, method, path, body, headers } = request;
    const sentAtMs = performance.now();
    const answer = await session.http.call(callFrom(session, near, method, path, body, headers));
    requests.push({ kind, service, near, sentAtMs, endedAtMs: performance.now(), ...judged(answer, kind) });
  });
  return { requests, stop };
}

function judged(answer: Answer | Unreachable, kind: SentRequest['kind']) {
  if (!answer.ok) return { outcome: 'info' as const, servedBy: undefined, orderId: undefined };
  const { status, headers, body } = answer;
  const outcome = status < 300 ? ('ok' as const) : status < 500 ? ('fail' as const) : ('info' as const);
  const orderId = kind === 'order' ? (body as { id?: string } | null)?.id : undefined;
  return { outcome, servedBy: headers[HEADERS.region], orderId };
}

/** As a client near this region asks. Not traced: thousands of traces would push out those that somebody wants to see. */
function callFrom(
  { topology, addresses }: Session,
  near: RegionId,
  method: Call['method'],
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Call {
  const place = topology.regions.find(({ id }) => id === near)?.location;
  const from = { [HEADERS.clientLocation]: `${place?.lat},${place?.lon}`, traceparent: unsampledTraceparent() };
  return {
    ...{ method, url: `${urlOf(addresses.edge)}${path}`, body },
    headers: { ...from, ...headers },
    timeoutMs: PATIENCE_MS,
  };
}
