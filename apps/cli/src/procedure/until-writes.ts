import { epochResponse } from '@meridian/contracts';
import { mayWrite, type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import { askService } from '../instance/services.ts';
import type { Session } from '../session.ts';
import { until } from './until-known.ts';

/** A new primary waits for the lease of the one before, 3.5 s; a machine under load may take longer to say so. */
const WITHIN_MS = 60_000;

/** Until every service of the regions that may write under this table says that it takes writes: they are named. */
export async function untilWritesAreTaken(session: Session, table: RoutingTable): Promise<RegionId[]> {
  const writers = Object.keys(table.regions).filter((region) => mayWrite(table, region));
  const places = writers.flatMap((region) => SERVICE_NAMES.map((service) => ({ region, service })));
  let late: string[] = [];
  const look = async () => {
    const said = await Promise.allSettled(
      places.map((place) => askService(session, place, { path: '/epoch' }, epochResponse)),
    );
    late = places.flatMap(({ region, service }, i) => {
      const one = said[i];
      const takes = one?.status === 'fulfilled' && one.value.epoch >= table.epoch && one.value.takesWrites;
      return takes ? [] : [`${region}/${service}`];
    });
    return late.length === 0 ? writers : undefined;
  };
  return until(look, WITHIN_MS, () => `${late.join(', ')} take no writes in epoch ${table.epoch}.`);
}

export function takenSentence(writers: readonly RegionId[]): string {
  return `${writers.join(' and ')} take${writers.length === 1 ? 's' : ''} writes`;
}
