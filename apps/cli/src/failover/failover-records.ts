import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failoverFile, localPaths } from '@meridian/local';
import type { RegionId } from '@meridian/regions';
import { conflictsSince } from '../conflicts/ledgers-of.ts';
import { findOutboxes, inboxesOf } from '../horizons/until-applied.ts';
import { tableInForce } from '../instance/control.ts';
import type { Session } from '../session.ts';
import { type Fates, fatesOf } from './fates.ts';
import { withMissingEvents } from './missing-events.ts';
import { type FailoverRecord, failoverRecord, recordNoted } from './missing-writes.ts';
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
  const isOut = await isStillOut(session, region);
  const noted = recordNoted(losses, isOut ? await findOutboxes(session, [region]) : []);
  return noted && isOut ? withMissingEvents(session, noted) : noted;
}

/** What it says that it has written is what it had when it failed, for as long as it takes no writes again. */
async function isStillOut(session: Session, region: RegionId): Promise<boolean> {
  const { state } = (await tableInForce(session)).regions[region] ?? {};
  return state === 'failed' || state === 'recovering';
}

/** What became of the writes that were missing; undefined before the region is back. */
export async function findFates(session: Session, record: FailoverRecord): Promise<Fates | undefined> {
  if (!record.writtenAtReturn) return undefined;
  const survivors = Object.keys(record.services[0]?.applied ?? {});
  const { region, atMs } = record;
  const [inboxes, conflicts] = await Promise.all([inboxesOf(session, survivors), conflictsSince(session, atMs)]);
  const lost = conflicts.filter((one) => one.lost.region === region);
  return fatesOf(
    record,
    inboxes,
    lost.map(({ aggregateId, lost: { hlc } }) => ({ aggregateId, hlc })),
  );
}
