import { urlOf } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { beforeAll } from 'vitest';
import { http } from './http.ts';
import { addresses } from './system.ts';

/**
 * Before each file of tests on three regions: the edge gives a region that returns its share step by step, so what one
 * file killed or restarted would send the clients of the next one elsewhere.
 */
const SHARE_WITHIN_MS = 30_000;

interface SeenRegion {
  region: string;
  services: { service: string; healthy: boolean; share: number }[];
}

beforeAll(async () => {
  await eventually(
    async () => {
      const { regions } = (await http(`${urlOf(addresses.edge)}/status`)).body as { regions: SeenRegion[] };
      for (const { region, services } of regions)
        for (const { service, healthy, share } of services)
          if (!healthy || share < 1) throw new Error(`${service} in ${region} has ${share} of its share`);
    },
    { withinMs: SHARE_WITHIN_MS, everyMs: 100 },
  );
}, SHARE_WITHIN_MS + 5_000);
