import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failoverFile, localPaths } from '@meridian/local';
import type { RegionId, ServiceName } from '@meridian/regions';
import { SERVICE_NAMES } from '@meridian/regions';
import { listConflicts } from '../conflicts/ledgers-of.ts';
import { inboxesOf } from '../horizons/until-applied.ts';
import type { Session } from '../session.ts';
import { type FailoverRecord, type Fate, failoverRecord, fatesOf } from './missing-writes.ts';

/**
 * Where the record of a failover lies: with the operator's instance and not in the regions, as the region of which it
 * speaks is gone. One a region, the latest.
 */
const fileOf = ({ portOffset }: Session, region: RegionId) => failoverFile(localPaths(portOffset), region);

export async function keepRecord(session: Session, record: FailoverRecord): Promise<void> {
  const file = fileOf(session, record.region);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(record, null, 2));
}

/** Undefined when the region was never failed over from here. */
export async function findRecord(session: Session, region: RegionId): Promise<FailoverRecord | undefined> {
  const text = await readFile(fileOf(session, region), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : failoverRecord.parse(JSON.parse(text));
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
