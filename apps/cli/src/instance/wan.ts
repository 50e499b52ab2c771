import { oneWayMs, type RegionId, urlOf } from '@meridian/regions';
import { z } from 'zod';
import type { Session } from '../session.ts';
import { ask } from './ask.ts';
import type { Call } from './http.ts';

/** The WAN's control interface: the links as they are now, and what may be done to them. */
const linkState = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  purpose: z.string(),
  delayMs: z.number(),
  jitterMs: z.number(),
  bandwidthMbps: z.number(),
  fault: z.string().nullable(),
  /** Which ways are blocked: `there` from the side that opened the connection, `back` to it. */
  blocked: z.object({ there: z.boolean(), back: z.boolean() }),
  bytesIn: z.number(),
  bytesOut: z.number(),
  connections: z.number(),
});
export type LinkState = z.infer<typeof linkState>;

const fault = z.looseObject({ id: z.string(), kind: z.string() });
export type WanFault = z.infer<typeof fault>;

const WHO = 'The WAN';

export async function wanFaultsOf(session: Session): Promise<WanFault[]> {
  return ask(session, WHO, { url: `${urlOf(session.addresses.wanControl)}/faults` }, z.array(fault));
}

/** The delay profile that the links have now. */
export async function profileOf(session: Session): Promise<string> {
  const answer = z.object({ name: z.string() });
  return (await ask(session, WHO, { url: `${urlOf(session.addresses.wanControl)}/profile` }, answer)).name;
}

/** `undefined` when the WAN does not answer. */
export async function findProfile(session: Session): Promise<string | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.wanControl)}/profile` });
  return answer.ok ? z.object({ name: z.string() }).safeParse(answer.body).data?.name : undefined;
}

export async function linksOf(session: Session): Promise<LinkState[]> {
  return ask(session, WHO, { url: `${urlOf(session.addresses.wanControl)}/links` }, z.array(linkState));
}

export async function tellWan(
  session: Session,
  method: NonNullable<Call['method']>,
  path: string,
  body?: unknown,
): Promise<void> {
  await ask(session, WHO, { method, url: `${urlOf(session.addresses.wanControl)}${path}`, body }, z.unknown());
}

/**
 * The least time in ms that a write of `origin` needs to reach `reader`: the delay of the link by which the reader's
 * replicator pulls from the origin's Kafka (the data flows against the direction in which it was opened).
 */
export function linkFloorMs(links: readonly LinkState[], origin: RegionId, reader: RegionId): number | undefined {
  return links.find((l) => l.from === reader && l.to === origin && l.purpose === 'replication')?.delayMs;
}

export type FloorMs = (origin: RegionId, reader: RegionId) => number;

/** `undefined` when the WAN does not answer. */
export async function findLinks(session: Session): Promise<LinkState[] | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.wanControl)}/links` });
  return answer.ok ? z.array(linkState).safeParse(answer.body).data : undefined;
}

/** RTT/2 by pair as the links are now; by the topology's default profile where the WAN cannot be asked. */
export async function floorsOf(session: Session): Promise<FloorMs> {
  const links = await findLinks(session);
  return (origin, reader) =>
    linkFloorMs(links ?? [], origin, reader) ??
    oneWayMs(session.topology, session.topology.defaultProfile, origin, reader);
}
