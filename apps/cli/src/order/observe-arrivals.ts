import { setTimeout as pause } from 'node:timers/promises';
import { type OrderResponse, orderResponse } from '@meridian/contracts';
import { otherRegionIds, type RegionId, urlOf } from '@meridian/regions';
import { unsampledTraceparent } from '../instance/http.ts';
import type { FloorMs } from '../instance/wan.ts';
import type { Session } from '../session.ts';
import { type Arrival, commitTimeMs, judgeArrival, type Sighting } from './arrival.ts';
import { epochMs, type OrderStep } from './place-order.ts';

export interface ObservedStep extends OrderStep {
  arrivals: Arrival[];
}

const EVERY_MS = 2;
const GIVE_UP_AFTER_MS = 30_000;

/**
 * Takes a step in an order's life and looks, straight at the order service of every other region, when it is readable
 * there. A replayed answer tells of an old commit, so nothing can be said of its lag and nobody looks. Aborting ends
 * the looking.
 */
export async function observe(
  session: Session,
  floorMs: FloorMs,
  take: () => Promise<OrderStep>,
  { signal, giveUpAfterMs = GIVE_UP_AFTER_MS }: { signal?: AbortSignal; giveUpAfterMs?: number } = {},
): Promise<ObservedStep> {
  await openConnections(session);
  const step = await take();
  if (step.replayed) return { ...step, arrivals: [] };
  const committedAtMs = commitTimeMs({ ...step, statedAt: statedTime(step) });
  const sightings = await Promise.all(
    otherRegionIds(session.topology, step.servedBy).map((region) =>
      sight(session, region, step, { signal, giveUpAfterMs }),
    ),
  );
  const arrivals = sightings.map((s) => judgeArrival(s, committedAtMs, floorMs(step.servedBy, s.region)));
  return { ...step, arrivals };
}

async function sight(
  session: Session,
  region: RegionId,
  step: OrderStep,
  { signal, giveUpAfterMs }: { signal: AbortSignal | undefined; giveUpAfterMs: number },
): Promise<Sighting> {
  const deadline = step.answeredAtMs + giveUpAfterMs;
  let trouble: string | undefined;
  while (epochMs() < deadline) {
    const answer = await look(session, region, step.order.id);
    if (answer.ok && answer.status === 200 && shows(answer.body, step)) return { region, seenAtMs: epochMs() };
    trouble = answer.ok ? (answer.status >= 500 ? `HTTP ${answer.status}` : undefined) : answer.detail;
    await pause(answer.ok ? EVERY_MS : 100, undefined, { signal });
  }
  return { region, trouble };
}

function look(session: Session, region: RegionId, orderId: string) {
  const service = session.addresses.regions[region]?.services.order;
  if (!service) throw new Error(`The topology has no region "${region}".`);
  return session.http.call({
    url: `${urlOf(service)}/orders/${orderId}`,
    headers: { traceparent: unsampledTraceparent() },
    timeoutMs: 2_000,
  });
}

/** Otherwise the first look would pay for the connection and be counted as lag. */
async function openConnections(session: Session): Promise<void> {
  const nobody = '00000000-0000-4000-8000-000000000000';
  await Promise.all(session.topology.regions.map((region) => look(session, region.id, nobody)));
}

function shows(body: unknown, { step, order }: OrderStep): boolean {
  const seen = orderResponse.safeParse(body).data;
  if (!seen) return false;
  return step === 'placed' || timeOf(seen, step) !== null || seen.status === order.status;
}

function statedTime({ step, order }: OrderStep): string {
  return timeOf(order, step) ?? '';
}

function timeOf(order: OrderResponse, step: OrderStep['step']): string | null {
  if (step === 'paid') return order.paidAt;
  if (step === 'cancelled') return order.cancelledAt;
  return order.placedAt;
}
