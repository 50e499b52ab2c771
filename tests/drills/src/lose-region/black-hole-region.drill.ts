import type { RegionId } from '@meridian/regions';
import { heal, regions, wan } from '@meridian/test-harness';
import { backToFirst } from '../control/back-to-first.ts';
import type { Drill } from '../drill.ts';
import { EDGE_NOTICES_WITHIN_MS, loseRegion, PER_SECOND } from './lose-region.ts';

/** A probe that is not answered has failed only when its time is over; one that is refused, at once. */
const PROBE_TIMEOUT_MS = 400;

export const blackHoleRegion: Drill = {
  name: 'black-hole-region',
  hypothesis:
    'A region from which nothing comes back, though nothing is refused, is done without as soon as probes have run out; nothing is lost and nothing done twice.',
  fault: `Every link of a region, to the edge as well, swallows what is sent, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the links say so.`,
  sabotage: 'clients ask their own region by themselves, and not the edge',
  onDemand: 'all',

  async run({ scale, sabotage, say }) {
    const region = regions[1] as RegionId;
    return loseRegion({
      ...{ region, scale, say, servedAgainWithinMs: EDGE_NOTICES_WITHIN_MS + PROBE_TIMEOUT_MS },
      ...(sabotage && { around: 'the edge' }),
      async lose() {
        const { status, body } = await wan('/faults', { method: 'POST', body: { kind: 'isolate', region } });
        if (status >= 300) throw new Error(`The fault was refused: ${status} ${JSON.stringify(body)}`);
      },
      async bringBack() {
        await heal();
        await backToFirst();
      },
    });
  },
};
