import { type OutboxEventsResponse, outboxEventsResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import { askService } from '../instance/services.ts';
import type { Session } from '../session.ts';
import { type FailoverRecord, type MissingEvent, type MissingWrites, missingWrites } from './missing-writes.ts';

/** Looked for in logs, of a region that has just started and is busy, or that is being failed over. */
const TIMEOUT_MS = 10_000;
/** Of a service. More than a region that is alone writes in some minutes; of more, these are the first. */
const KEPT_AT_MOST = 20_000;

/**
 * Asks the region which writes are missing. What it does not say stays as it was known: one that is lost says nothing, and one
 * whose log cannot be read can still be failed over, and brought back.
 */
export async function withMissingEvents(session: Session, record: FailoverRecord): Promise<FailoverRecord> {
  const missingEvents: NonNullable<FailoverRecord['missingEvents']> = { ...record.missingEvents };
  const asked = missingWrites(record).map(async (writes) => {
    const list = await listed(session, record, writes);
    if (list) missingEvents[writes.service] = list;
  });
  await Promise.allSettled(asked);
  return { ...record, missingEvents };
}

async function listed(session: Session, record: FailoverRecord, { service, held, written, missing }: MissingWrites) {
  if (written === null || missing === null) return undefined;
  const told: MissingEvent[] = [];
  // The one before them as well: where nothing is missing it is the last that the service wrote.
  for (let after: number | null = Math.max(0, held - 1); after !== null && told.length < KEPT_AT_MOST; ) {
    const { events, next } = await pageOf(session, record.region, service, after);
    told.push(...events.filter(({ sequence }) => sequence <= written).map(toMissingEvent));
    after = next !== null && next < written ? next : null;
  }
  const beforeMs = told.map(({ committedAtMs }) => committedAtMs).filter((ms) => ms <= record.atMs);
  const lastWriteMs = beforeMs.length === 0 ? null : beforeMs.reduce((a, b) => Math.max(a, b));
  return { lastWriteMs, events: told.filter(({ sequence }) => sequence > held) };
}

function pageOf(
  session: Session,
  region: RegionId,
  service: ServiceName,
  after: number,
): Promise<OutboxEventsResponse> {
  const call = { path: `/outbox/events?after=${after}`, timeoutMs: TIMEOUT_MS };
  return askService(session, { region, service }, call, outboxEventsResponse);
}

function toMissingEvent({ sequence, key, hlc, committedAt }: OutboxEventsResponse['events'][number]): MissingEvent {
  return { sequence, key, hlc, committedAtMs: Date.parse(committedAt) };
}
