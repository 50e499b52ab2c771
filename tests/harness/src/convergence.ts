import { type RegionId, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { atService } from './clients.ts';
import { directedPairs, regions } from './system.ts';

export interface Digest {
  aggregates: number;
  digest: string;
}

export async function digestsOf(service: ServiceName): Promise<Record<RegionId, Digest>> {
  const answers = await Promise.all(regions.map((region) => atService(region, service, '/digest')));
  return Object.fromEntries(
    regions.map((region, i) => [region, { aggregates: answers[i]?.body.aggregates, digest: answers[i]?.body.digest }]),
  );
}

/** I1: every region holds the same aggregates in the same state. Fails with what differs. */
export async function expectConvergence(withinMs: number): Promise<Record<ServiceName, Digest>> {
  const agreed = await Promise.all(
    SERVICE_NAMES.map((service) =>
      eventually(
        async () => {
          const byRegion = await digestsOf(service);
          const distinct = new Set(Object.values(byRegion).map((d) => `${d.aggregates} ${d.digest}`));
          if (distinct.size !== 1) throw new Error(`${service} differs: ${JSON.stringify(byRegion)}`);
          return Object.values(byRegion)[0] as Digest;
        },
        { withinMs, everyMs: 200 },
      ),
    ),
  );
  return Object.fromEntries(SERVICE_NAMES.map((service, i) => [service, agreed[i]])) as Record<ServiceName, Digest>;
}

export interface MeasuredLag {
  service: ServiceName;
  origin: RegionId;
  destination: RegionId;
  count: number;
  minMs: number;
  p50Ms: number;
  p99Ms: number;
}

/** Commit at the origin until applied at the destination, for each service and directed pair that has seen events. */
export async function measuredLags(): Promise<MeasuredLag[]> {
  const rows = await Promise.all(
    SERVICE_NAMES.flatMap((service) =>
      regions.map(async (destination) => {
        const { body } = await atService(destination, service, '/lag');
        return directedPairs
          .filter(([, to]) => to === destination)
          .flatMap(([origin]): MeasuredLag[] => {
            const figures = body.byOrigin?.[origin];
            return figures?.count > 0 ? [{ service, origin, destination, ...figures }] : [];
          });
      }),
    ),
  );
  return rows.flat();
}
