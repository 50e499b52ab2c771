import { type RegionId, SERVICE_NAMES, urlOf } from '@meridian/regions';
import { addresses, atService, http, regions } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';

const KNOWN_WITHIN_MS = 10_000;

/** Waits until every service of `of` and the edge go by this epoch or a later one. */
export async function knownToAll(epoch: number, of: readonly RegionId[] = regions): Promise<void> {
  await eventually(
    async () => {
      const { table } = await edgeStatus();
      if (table.epoch < epoch) throw new Error(`the edge knows epoch ${table.epoch} and not ${epoch}`);
      for (const region of of)
        for (const service of SERVICE_NAMES) {
          const { status, body } = await atService(region, service, '/epoch');
          if (status !== 200 || body.epoch < epoch)
            throw new Error(`${service} in ${region} knows epoch ${body?.epoch} and not ${epoch}`);
        }
    },
    { withinMs: KNOWN_WITHIN_MS, everyMs: 50 },
  );
}

/** Waits until every service of the region takes writes, as it does once it may and, where it needs one, has a lease. */
export async function takesWrites(region: RegionId, withinMs: number): Promise<void> {
  await eventually(
    async () => {
      for (const service of SERVICE_NAMES)
        if (!(await atService(region, service, '/epoch')).body.takesWrites)
          throw new Error(`${service} in ${region} takes no writes`);
    },
    { withinMs, everyMs: 20 },
  );
}

export async function edgeStatus() {
  return (await http(`${urlOf(addresses.edge)}/status`)).body;
}
