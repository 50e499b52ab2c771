import { conflictListResponse, conflictResponse } from '@meridian/contracts';
import { type RegionId, regionIds, type ServiceName } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { reach, shaped } from '../instance/ask.ts';
import { serviceUrl } from '../instance/digests.ts';
import type { Session } from '../session.ts';
import { type MergedConflict, mergeConflicts, type RegionConflicts } from './merge-conflicts.ts';

/** The services that keep a ledger, and where. */
const LEDGERS: readonly { service: ServiceName; root: string }[] = [
  { service: 'user', root: 'users' },
  { service: 'catalog', root: 'products' },
  { service: 'order', root: 'orders' },
];

export interface Gathered {
  conflicts: MergedConflict[];
  /** Whose ledger could not be read, as `region/service`: the union lacks what only they noticed. */
  silent: string[];
}

/** Asks every ledger for `path` below it, e.g. `?limit=50`. Fails when none answers. */
export async function listConflicts(session: Session, query: URLSearchParams): Promise<Gathered> {
  return gather(session, async ({ region, service, url }) => {
    const who = `${region}/${service}`;
    return shaped(who, await reach(session, who, { url: `${url}?${query}` }), conflictListResponse).items;
  });
}

/** As many as a ledger tells at once. */
const PAGE = '200';
/** Clocks of regions run apart, and a ledger's order is that in which its region noticed. */
const CLOCKS_APART_MS = 60_000;

/** Every conflict that was noticed since then, and some from before. Fails when no ledger answers. */
export async function conflictsSince(session: Session, atMs: number): Promise<MergedConflict[]> {
  const { conflicts } = await gather(session, async ({ region, service, url }) => {
    const who = `${region}/${service}`;
    const items: RegionConflicts['items'] = [];
    for (let after: number | null | undefined; after !== null; ) {
      const query = new URLSearchParams({ limit: PAGE, ...(after !== undefined && { after: String(after) }) });
      const page = shaped(who, await reach(session, who, { url: `${url}?${query}` }), conflictListResponse);
      items.push(...page.items);
      const oldestMs = Date.parse(page.items.at(-1)?.detectedAt ?? '');
      after = oldestMs >= atMs - CLOCKS_APART_MS ? page.next : null;
    }
    return items;
  });
  return conflicts;
}

/** The conflict of this id as all regions know it; undefined when none does. */
export async function findConflict(
  session: Session,
  id: string,
): Promise<{ conflict: MergedConflict | undefined; silent: string[] }> {
  const { conflicts, silent } = await gather(session, async ({ region, service, url }) => {
    const who = `${region}/${service}`;
    const answer = await reach(session, who, { url: `${url}/${id}` });
    return answer.status === 404 ? [] : [shaped(who, answer, conflictResponse)];
  });
  return { conflict: conflicts[0], silent };
}

export function ledgerUrl(session: Session, region: RegionId, service: ServiceName): string {
  const root = LEDGERS.find((ledger) => ledger.service === service)?.root;
  return `${serviceUrl(session, region, service)}/${root}/conflicts`;
}

async function gather(
  session: Session,
  read: (of: { region: RegionId; service: ServiceName; url: string }) => Promise<RegionConflicts['items']>,
): Promise<Gathered> {
  const all = regionIds(session.topology).flatMap((region) => LEDGERS.map(({ service }) => ({ region, service })));
  const answers = await Promise.allSettled(
    all.map(async (of) => ({ ...of, items: await read({ ...of, url: ledgerUrl(session, of.region, of.service) }) })),
  );
  const heard = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  // A region that is away must not hide what the others know; anything but its silence is a fault.
  const fault = failures.find((failure) => !(failure instanceof CommandFailure));
  if (fault ?? heard.length === 0) throw fault ?? failures[0];
  const silent = all.filter((_of, i) => answers[i]?.status === 'rejected').map((of) => `${of.region}/${of.service}`);
  return { conflicts: mergeConflicts(heard), silent };
}
