import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADERS, type UserResponse, userResponse } from '@meridian/contracts';
import { type RegionId, regionOf, urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { reach, shaped } from '../instance/ask.ts';
import { serviceUrl } from '../instance/digests.ts';
import { type EdgeRegion, findEdgeRegions } from '../instance/edge.ts';
import { unsampledTraceparent } from '../instance/http.ts';
import { floorsOf, tellWan } from '../instance/wan.ts';
import { arrivalFaults } from '../order/arrival.ts';
import { observe } from '../order/observe-arrivals.ts';
import { anySku, placeOrder } from '../order/place-order.ts';
import type { Session } from '../session.ts';
import { formatMs } from '../terminal/format-figures.ts';

export interface TourStop {
  /** Also a heading of docs/tutorial/studying-traces.md. */
  title: string;
  /** What happened, with its figures. */
  told: string;
  traceIds: string[];
  /** As typed on Jaeger's search page. */
  search: { service: string; operation?: string; tags?: string };
  /** Why it did not go as it should. */
  fault?: string;
}

const PARTITION_MS = 5_000;
const EVERYWHERE_WITHIN_MS = 20_000;

/**
 * Makes one trace, or two, of each kind, one after the other. Each stop leaves the links as they were.
 * Takes the first three regions of the topology as they come: `near` is where the client is, `far` is what is broken.
 */
export async function* tourStops(session: Session): AsyncGenerator<TourStop> {
  const [far, near] = session.topology.regions.map((r) => r.id);
  if (far === undefined || near === undefined) throw new CommandFailure('The tour needs two regions.');
  const sku = await anySku(session);
  yield await orderStop(session, near, sku);
  yield await partitionStop(session, near, far, sku);
  yield await retryStop(session, near, sku);
  yield await conflictStop(session, near, far);
  yield await homeStop(session, near, far);
}

const placeOf = ({ topology }: Session, region: RegionId) => {
  const { lat, lon } = regionOf(topology, region).location;
  return `${lat},${lon}`;
};
const orderOf = (sku: string) => ({ customerId: randomUUID(), lines: [{ sku, quantity: 1 }] });
const ids = (...found: (string | undefined)[]) => found.filter((id) => id !== undefined);

/** One trace that serves two pages of the tutorial: what the client waited for, and what came after. */
async function orderStop(session: Session, near: RegionId, sku: string): Promise<TourStop> {
  const step = await observe(session, await floorsOf(session), () =>
    placeOrder(session, { request: orderOf(sku), location: placeOf(session, near) }),
  );
  const arrived = step.arrivals.map((a) => `${a.region} after ${a.afterMs === null ? '?' : formatMs(a.afterMs)}`);
  const faults = arrivalFaults(step.servedBy, step.arrivals);
  return {
    title: 'An order, answered in its region and copied to the others',
    told: `${step.servedBy} answered in ${formatMs(step.answeredAtMs - step.sentAtMs)}; readable in ${arrived.join(', ')}`,
    traceIds: ids(step.traceId),
    search: { service: 'edge', operation: 'POST /orders' },
    ...(faults.length > 0 && { fault: faults.join(' ') }),
  };
}

async function partitionStop(session: Session, near: RegionId, far: RegionId, sku: string): Promise<TourStop> {
  await tellWan(session, 'POST', '/faults', { kind: 'partition', regions: [far, near], oneWay: false });
  let traceId: string | undefined;
  let orderId: string;
  const began = performance.now();
  try {
    const step = await placeOrder(session, { request: orderOf(sku), location: placeOf(session, far) });
    traceId = step.traceId;
    orderId = step.order.id;
    await pause(PARTITION_MS);
  } finally {
    await tellWan(session, 'DELETE', `/faults?between=${far},${near}`);
  }
  const healed = performance.now();
  const arrived = await until(async () => (await statusAt(session, near, orderId)) === 200);
  const since = (from: number) => formatMs(performance.now() - from);
  return {
    title: 'A partition and its heal',
    told: `placed in ${far} while it was cut off from ${near}; readable there ${since(healed)} after the heal, ${since(began)} after the cut`,
    traceIds: ids(traceId),
    search: { service: 'replicator', operation: `replicate ${far}.orders.v1`, tags: `meridian.link=${far}->${near}` },
    ...(!arrived && { fault: `it was not readable in ${near} within ${EVERYWHERE_WITHIN_MS / 1000} s of the heal` }),
  };
}

async function statusAt(session: Session, region: RegionId, orderId: string): Promise<number> {
  const url = `${serviceUrl(session, region, 'order')}/orders/${orderId}`;
  return (await reach(session, region, { url, headers: { traceparent: unsampledTraceparent() } })).status;
}

/** The edge has not yet noticed that the region is gone: the request finds out, and is sent again elsewhere. */
async function retryStop(session: Session, near: RegionId, sku: string): Promise<TourStop> {
  await tellWan(session, 'POST', '/faults', { kind: 'isolate', region: near });
  try {
    const step = await placeOrder(session, { request: orderOf(sku), location: placeOf(session, near) });
    return {
      title: 'A retry in another region',
      told: `${near} was cut off from everyone; ${step.servedBy} answered in its place after ${formatMs(step.answeredAtMs - step.sentAtMs)}`,
      traceIds: ids(step.traceId),
      search: { service: 'edge', tags: 'meridian.edge.attempt=2' },
      ...(step.servedBy === near && { fault: `${near} answered although it was isolated` }),
    };
  } finally {
    await tellWan(session, 'DELETE', `/faults?region=${near}`);
    // A region that returns is given its share step by step; what follows is to be asked of it.
    await until(async () => hasItsShare((await findEdgeRegions(session))?.find((r) => r.region === near)));
  }
}

function hasItsShare(region: EdgeRegion | undefined): boolean {
  return region?.healthy === true && region.services.every(({ share }) => share === 1);
}

async function conflictStop(session: Session, near: RegionId, far: RegionId): Promise<TourStop> {
  const registered = await userCall(session, near, 'POST', '/users', {
    email: `${randomUUID()}@example.com`,
    name: 'Nobody Yet',
    country: 'IE',
  });
  const { id } = registered.user;
  await until(async () => (await namesOf(session, id)).every((name) => name === 'Nobody Yet'));
  const changes = await Promise.all(
    [near, far].map((region) => userCall(session, region, 'PATCH', `/users/${id}`, { name: `Somebody in ${region}` })),
  );
  const agreed = await until(async () => new Set(await namesOf(session, id)).size === 1);
  const [holds] = await namesOf(session, id);
  return {
    title: 'One field, changed in two regions at once',
    told: `"Somebody in ${near}" and "Somebody in ${far}" were both accepted; every region holds "${holds}" now`,
    traceIds: ids(...changes.map((c) => c.traceId)),
    search: { service: 'user', tags: 'meridian.join.outcome=superseded' },
    ...(!agreed && { fault: `the regions do not agree within ${EVERYWHERE_WITHIN_MS / 1000} s` }),
  };
}

/** A person is at home where they registered; "strong" is answered there, whoever is asked. */
async function homeStop(session: Session, near: RegionId, far: RegionId): Promise<TourStop> {
  const { user } = await userCall(session, far, 'POST', '/users', {
    email: `${randomUUID()}@example.com`,
    name: 'At Home',
    country: 'US',
  });
  const known = await until(async () => (await namesOf(session, user.id)).every((name) => name === user.name));
  const askedAt = performance.now();
  const read = await userCall(session, near, 'GET', `/users/${user.id}`, undefined, {
    [HEADERS.consistency]: 'strong',
  });
  const answeredAfter = formatMs(performance.now() - askedAt);
  const faults = [
    !known && `the person was not known in every region within ${EVERYWHERE_WITHIN_MS / 1000} s`,
    read.servedBy !== far && `${read.servedBy ?? 'nobody'} answered, not ${far}`,
  ].filter((fault) => fault !== false);
  return {
    title: 'A read that is forwarded home',
    told: `${near} was asked for the strong state of a person registered in ${far}; ${read.servedBy} answered, through ${near}, after ${answeredAfter}`,
    traceIds: ids(read.traceId),
    search: { service: 'user', tags: 'meridian.forwarded=true' },
    ...(faults.length > 0 && { fault: faults.join('; ') }),
  };
}

async function namesOf(session: Session, id: string): Promise<(string | undefined)[]> {
  return Promise.all(
    session.topology.regions.map(async (region) => {
      const url = `${serviceUrl(session, region.id, 'user')}/users/${id}`;
      const answer = await session.http.call({ url, headers: { traceparent: unsampledTraceparent() } });
      return answer.ok ? userResponse.safeParse(answer.body).data?.name : undefined;
    }),
  );
}

async function userCall(
  session: Session,
  region: RegionId,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body: unknown,
  asked: Record<string, string> = {},
): Promise<{ user: UserResponse; traceId: string | undefined; servedBy: string | undefined }> {
  const headers = { 'x-client-location': placeOf(session, region), ...asked };
  const answer = await reach(session, 'The edge', {
    method,
    url: `${urlOf(session.addresses.edge)}${path}`,
    body,
    headers,
  });
  return {
    user: shaped('The edge', answer, userResponse),
    traceId: answer.headers[HEADERS.traceId],
    servedBy: answer.headers[HEADERS.region],
  };
}

/** Whether it came true in time. */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + EVERYWHERE_WITHIN_MS;
  while (performance.now() < deadline) {
    if (await holds()) return true;
    await pause(20);
  }
  return false;
}
