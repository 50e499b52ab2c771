import { setTimeout as pause } from 'node:timers/promises';
import { type RebuildResponse, rebuildResponse } from '@meridian/contracts';
import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { serviceUrl } from '../instance/digests.ts';
import type { Session } from '../session.ts';
import { progressLine } from './summary.ts';

const LOOK_EVERY_MS = 500;
/** A process that is started answers sooner; what lasts is the rebuild, and that it tells of. */
const SILENT_AT_MOST_MS = 60_000;

/** What each service of a region says of its rebuild; undefined of one that does not answer. */
export function findRebuilds(session: Session, region: RegionId): Promise<(RebuildResponse | undefined)[]> {
  return Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const url = `${serviceUrl(session, region, service)}/rebuild`;
      const answer = await session.http.call({ url, timeoutMs: 2_000 });
      return answer.ok ? rebuildResponse.safeParse(answer.body).data : undefined;
    }),
  );
}

/** Until all services of the region have their data; tells each step of each of them once. */
export async function followRebuild(
  session: Session,
  region: RegionId,
  say: (line: string) => void,
): Promise<RebuildResponse[]> {
  const said = new Map<string, string>();
  let heardAtMs = performance.now();
  for (;;) {
    const rebuilds = await findRebuilds(session, region);
    const answered = rebuilds.filter((one) => one !== undefined);
    for (const one of answered) {
      const step = `${one.phase} ${one.waitingFor ?? ''}`;
      if (said.get(one.service) !== step) say(progressLine(one));
      said.set(one.service, step);
    }
    if (answered.length === rebuilds.length && answered.every(({ phase }) => phase === 'joined')) return answered;
    if (answered.length === rebuilds.length) heardAtMs = performance.now();
    if (performance.now() - heardAtMs > SILENT_AT_MOST_MS)
      throw new CommandFailure(`Not all services of ${region} answer; "meridian status" shows what runs.`);
    await pause(LOOK_EVERY_MS);
  }
}
