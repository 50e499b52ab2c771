import { type DeadLetterListResponse, type DeadLetterResponse, deadLetterListResponse } from '@meridian/contracts';
import { type RegionId, regionIds, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import { askService, knownService } from '../instance/services.ts';
import { knownRegion, type Session } from '../session.ts';

export type Letter = DeadLetterResponse & { region: RegionId; service: ServiceName };

export interface Where {
  region?: string;
  service?: string;
}

const PAGE = 500;

/** Of every service of every region, or of those that were named. */
export async function lettersOf(
  session: Session,
  { region, service }: Where,
  status: 'open' | 'replayed' | 'all',
): Promise<Letter[]> {
  const regions = region === undefined ? regionIds(session.topology) : [knownRegion(session.topology, region)];
  const services = service === undefined ? SERVICE_NAMES : [knownService(service)];
  const places = regions.flatMap((one) => services.map((each) => ({ region: one, service: each })));
  return (await Promise.all(places.map((place) => lettersAt(session, place, status)))).flat();
}

async function lettersAt(
  session: Session,
  place: { region: RegionId; service: ServiceName },
  status: string,
): Promise<Letter[]> {
  const letters: Letter[] = [];
  let after: string | null = '';
  while (after !== null) {
    const path: string = `/dead-letters?status=${status}&limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`;
    const page: DeadLetterListResponse = await askService(session, place, { path }, deadLetterListResponse);
    letters.push(...page.items.map((item) => ({ ...item, ...place })));
    after = page.next;
  }
  return letters;
}
