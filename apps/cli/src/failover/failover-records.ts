import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failoverFile, localPaths } from '@meridian/local';
import type { RegionId, ServiceName } from '@meridian/regions';
import { SERVICE_NAMES } from '@meridian/regions';
import { listConflicts } from '../conflicts/ledgers-of.ts';
import { findOutboxes, inboxesOf } from '../horizons/until-applied.ts';
import { tableInForce } from '../instance/control.ts';
import type { Session } from '../session.ts';
import { type FailoverRecord, type Fate, failoverRecord, fatesOf, recordNoted } from './missing-writes.ts';
import { findLosses } from './noted-losses.ts';

/**
 * Where the record of a failover by command lies: with the operator's instance. One a region, the latest. Of a failover that
 * nobody's command made, and for who stands at another instance, there is what the controls of the survivors noted.
 */
const fileOf = ({ portOffset }: Session, region: RegionId) => failoverFile(localPaths(portOffset), region);

export async function keepRecord(session: Session, record: FailoverRecord): Promise<void> {
  const file = fileOf(session, record.region);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(record, null, 2));
}

/** Of the latest failure of the region that is known here or to any control; undefined when there was none. */
export async function findRecord(session: Session, region: RegionId): Promise<FailoverRecord | undefined> {
  const text = await readFile(fileOf(session, region), 'utf8').catch(() => undefined);
  const kept = text === undefined ? undefined : failoverRecord.parse(JSON.parse(text));
  const losses = await findLosses(session, region);
  if (!losses.some(({ epoch }) => epoch > (kept?.epoch ?? -1))) return kept;
  return recordNoted(losses, await outboxesWhileOut(session, region));
}

/** What it says that it has written, for as long as that is what it had when it failed. */
async function outboxesWhileOut(session: Session, region: RegionId) {
  const { state } = (await tableInForce(session)).regions[region] ?? {};
  return state === 'failed' || state === 'recovering' ? findOutboxes(session, [region]) : [];
}

/** What became of the writes that were missing; undefined before the region is back. */
export async function findFates(session: Session, record: FailoverRecord): Promise<Fate[] | undefined> {
  if (!record.writtenAtReturn) return undefined;
  const survivors = Object.keys(record.services[0]?.applied ?? {});
  const inboxes = await inboxesOf(session, survivors);
  return fatesOf(record, inboxes, await overwrittenSince(session, record));
}

const SERVICE_OF: Readonly<Record<string, ServiceName>> = { user: 'user', product: 'catalog', order: 'order' };
/** As many as a ledger tells at once; of more, at least these were overwritten. */
const LATEST = '200';

async function overwrittenSince(session: Session, { region, atMs }: FailoverRecord) {
  const { conflicts } = await listConflicts(session, new URLSearchParams({ limit: LATEST }));
  const lost = conflicts.filter((one) => one.lost.region === region && Date.parse(one.detectedAt) >= atMs);
  return Object.fromEntries(
    SERVICE_NAMES.map((service) => [service, lost.filter((one) => SERVICE_OF[one.aggregate] === service).length]),
  );
}
