import type { RegionId } from '@meridian/regions';
import { kill, regions, restart } from '@meridian/test-harness';
import { backToFirst } from '../control/back-to-first.ts';
import type { Drill } from '../drill.ts';
import { loseRegion, PER_SECOND } from './lose-region.ts';

export const killRegion: Drill = {
  name: 'kill-region',
  hypothesis:
    'When a region dies, its clients are served by another one before they notice; what it had acknowledged is there again when it is, and nothing is done twice.',
  fault: `kill -9 of every process of a region, its database and its broker with them, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the runner says that none runs.`,
  sabotage: 'clients ask their own region by themselves, and not the edge',

  async run({ scale, sabotage, say }) {
    const region = regions[1] as RegionId;
    let isDown = false;
    try {
      return await loseRegion({
        ...{ region, scale, say },
        ...(sabotage && { around: 'the edge' }),
        async lose() {
          isDown = true;
          await kill(region);
        },
        async bringBack() {
          await restart(region);
          isDown = false;
          await backToFirst();
        },
      });
    } finally {
      if (isDown) await restart(region);
    }
  },
};
