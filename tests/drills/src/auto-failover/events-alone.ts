import type { RegionId, ServiceName } from '@meridian/regions';
import { atService } from '@meridian/test-harness';

/** A page of what a service tells of its events; a region that is alone for some seconds writes fewer. */
const MOST_EVENTS = 1_000;

/**
 * Events of a service that no other region has applied, as it tells itself: it is cut off from them, and not from us. `ms` is
 * how long before its last write the oldest of them was committed, by its clock; 0 when there is none.
 */
export async function eventsAlone(
  region: RegionId,
  service: ServiceName,
  others: readonly RegionId[],
): Promise<{ count: number; ms: number }> {
  const inboxes = await Promise.all(others.map((other) => atService(other, service, '/inbox')));
  const held = inboxes.map(({ body }) => body.bySource[`/${region}/${service}`]?.appliedLast ?? 0);
  const path = `/outbox/events?after=${Math.max(...held)}&limit=${MOST_EVENTS}`;
  const { status, body } = await atService(region, service, path);
  if (status !== 200) throw new Error(`GET ${path} was answered ${status} by ${service} in ${region}.`);
  const times = (body.events as { committedAt: string }[]).map(({ committedAt }) => Date.parse(committedAt));
  return { count: times.length, ms: times.length === 0 ? 0 : Math.max(...times) - Math.min(...times) };
}
