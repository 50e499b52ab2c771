import { aggregateDigestResponse, digestResponse, inboxResponse, outboxResponse } from '@meridian/contracts';
import { type RegionId, regionIds, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { z } from 'zod';
import { usageFault } from '../command-failure.ts';
import type { Session } from '../session.ts';
import type { Streams } from '../sources/judge-sources.ts';
import type { HeldStates } from '../verify/find-differences.ts';
import { ask } from './ask.ts';
import { serviceUrl } from './digests.ts';

/** Reading all of a large table takes a while. */
const DIGEST_TIMEOUT_MS = 60_000;
/** Of 100,000 aggregates some 400 are in each. */
const BUCKETS = 256;

/** The service as it was named; ends the command with the known names when there is none. */
export function knownService(name: string): ServiceName {
  const found = SERVICE_NAMES.find((service) => service === name);
  if (found) return found;
  throw usageFault(`There is no service "${name}"; the services are ${SERVICE_NAMES.join(', ')}.`);
}

/** Asks a service of a region, or tells it something when there is a body. */
export function askService<T extends z.ZodType>(
  session: Session,
  { region, service }: Place,
  call: { path: string; body?: unknown; timeoutMs?: number },
  schema: T,
): Promise<z.infer<T>> {
  const { path, ...rest } = call;
  const method = call.body === undefined ? 'GET' : 'POST';
  const url = `${serviceUrl(session, region, service)}${path}`;
  return ask(session, `${region}/${service}`, { method, url, ...rest }, schema);
}

/** What these regions hold of a service, for a comparison; all of them when none is named. */
export function heldStates(
  session: Session,
  service: ServiceName,
  regions: readonly RegionId[] = regionIds(session.topology),
): HeldStates {
  const timeoutMs = DIGEST_TIMEOUT_MS;
  return {
    regions,
    async buckets(region) {
      const path = `/digest?buckets=${BUCKETS}`;
      const answer = await askService(session, { region, service }, { path, timeoutMs }, digestResponse);
      const { aggregates, digest, buckets = [] } = answer;
      return { aggregates, digest, buckets };
    },
    async aggregates(region, buckets) {
      const path = `/digest/aggregates?buckets=${BUCKETS}&in=${buckets.join(',')}`;
      return (await askService(session, { region, service }, { path, timeoutMs }, aggregateDigestResponse)).aggregates;
    },
  };
}

/** What every service has applied and published. */
export function streamsOf(session: Session): Promise<Streams[]> {
  return Promise.all(placesOf(session).map((place) => streamsAt(session, place)));
}

/** The same of those that answer: for a look at an instance of which not everything runs. */
export async function findStreams(session: Session): Promise<Streams[]> {
  const found = await Promise.allSettled(placesOf(session).map((place) => streamsAt(session, place)));
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

interface Place {
  region: RegionId;
  service: ServiceName;
}

function placesOf({ topology }: Session): Place[] {
  return regionIds(topology).flatMap((region) => SERVICE_NAMES.map((service) => ({ region, service })));
}

async function streamsAt(session: Session, place: Place): Promise<Streams> {
  const [inbox, outbox] = await Promise.all([
    askService(session, place, { path: '/inbox' }, inboxResponse),
    askService(session, place, { path: '/outbox' }, outboxResponse),
  ]);
  return { inbox, outbox };
}
