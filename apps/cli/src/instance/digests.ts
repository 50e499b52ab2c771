import { digestResponse } from '@meridian/contracts';
import { type RegionId, regionIds, type ServiceName, urlOf } from '@meridian/regions';
import type { Session } from '../session.ts';
import type { Comparison } from '../verify/compare-digests.ts';
import { ask } from './ask.ts';

/** What the service of every region holds, as one digest each. */
export async function digestsOf(session: Session, service: ServiceName): Promise<Comparison['digests']> {
  return Promise.all(
    regionIds(session.topology).map(async (region) => {
      const url = `${serviceUrl(session, region, service)}/digest`;
      const { aggregates, digest } = await ask(
        session,
        `${region}/${service}`,
        { url, timeoutMs: 30_000 },
        digestResponse,
      );
      return { region, aggregates, digest };
    }),
  );
}

export function serviceUrl(session: Session, region: RegionId, service: ServiceName): string {
  const address = session.addresses.regions[region]?.services[service];
  if (!address) throw new Error(`The topology has no region "${region}".`);
  return urlOf(address);
}
