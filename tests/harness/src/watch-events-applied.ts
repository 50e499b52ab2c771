import { hostPort, type RegionId, type ServiceName } from '@meridian/regions';
import pg from 'pg';
import { EVENTS_APPLIED } from './replay.ts';
import { addresses } from './system.ts';

export interface EventsApplied {
  region: RegionId;
  service: ServiceName;
  /** Of `performance.now()`. */
  atMs: number;
  applied: number;
}

/**
 * Counts the applied events of services in regions again and again, over connections that stay open: to open one costs
 * PostgreSQL more than to answer, and what is watched is how fast it works. Resolves after the first count.
 */
export async function watchEventsApplied(
  regions: readonly RegionId[],
  services: readonly ServiceName[],
  everyMs: number,
): Promise<{ stop(): Promise<EventsApplied[]> }> {
  const counts: EventsApplied[] = [];
  const watched = await Promise.all(
    regions.flatMap((region) =>
      services.map(async (service) => {
        const postgres = addresses.regions[region]?.postgres;
        if (!postgres) throw new Error(`There is no region "${region}".`);
        const connectionString = `postgresql://meridian:meridian@${hostPort(postgres)}/${service}`;
        const client = new pg.Client({ connectionString });
        await client.connect();
        return { region, service, client };
      }),
    ),
  );
  const count = () =>
    Promise.all(
      watched.map(async ({ region, service, client }) => {
        const { rows } = await client.query<{ applied: number }>(EVENTS_APPLIED);
        counts.push({ region, service, atMs: performance.now(), applied: rows[0]?.applied ?? 0 });
      }),
    );
  await count();
  const stopping = Promise.withResolvers<void>();
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, everyMs)), stopping.promise]);
      await count();
    }
  })();
  // Awaited by `stop`, which may come after it failed.
  watching.catch(() => undefined);
  return {
    async stop() {
      isStopped = true;
      stopping.resolve();
      try {
        await watching;
      } finally {
        await Promise.all(watched.map(({ client }) => client.end()));
      }
      return counts;
    },
  };
}
