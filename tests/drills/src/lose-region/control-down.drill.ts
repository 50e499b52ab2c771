import type { RegionId } from '@meridian/regions';
import { kill, killNine, regions, restart } from '@meridian/test-harness';
import { decide } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { edgeStatus, knownToAll } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { loseRegion, PER_SECOND } from './lose-region.ts';

export const controlDown: Drill = {
  name: 'control-down',
  hypothesis:
    'Without any control the edge goes on by the last table that it was told, and does without a region that dies then, too.',
  fault: `kill -9 of the controls of all regions, then of a whole region, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the edge says that it reaches no control.`,
  sabotage: 'the edge is killed as well and starts anew, without a table',
  onDemand: 'all',

  async run({ scale, sabotage, say }) {
    const [at, region] = regions as [RegionId, RegionId];
    const controls = regions.map((r) => `${r}/control`);
    // What an edge that starts anew does not know: any table but the first.
    await decide(at, { kind: 'set-weight', region: at, weight: 0.9 });
    const { epoch } = await decide(at, { kind: 'set-weight', region: at, weight: 1 });
    await knownToAll(epoch);
    let edge: { epoch: number; controls: { reachable: boolean }[] } | undefined;
    let areDown = false;
    const bringBack = async () => {
      for (const control of controls.filter((name) => name !== `${region}/control`)) await restart(control);
      await restart(region);
      areDown = false;
      await backToFirst();
    };
    try {
      areDown = true;
      await Promise.all(controls.map(kill));
      const seen = await loseRegion({
        ...{ region, scale, say, bringBack },
        async lose() {
          if (sabotage) await killNine('edge');
          await kill(region);
          edge = (await edgeStatus()).table;
        },
      });
      const isUnreached = edge?.controls.every(({ reachable }) => !reachable);
      return {
        ...seen,
        figures: { ...seen.figures, 'the edge goes by': `epoch ${edge?.epoch}, ${epoch} was decided last` },
        checks: [
          ...seen.checks,
          check(
            'I8',
            'the edge keeps the last table',
            edge?.epoch === epoch ? [] : [`it goes by epoch ${edge?.epoch}`],
          ),
          check('fault', 'the edge reaches no control', isUnreached ? [] : [JSON.stringify(edge)]),
        ],
      };
    } finally {
      if (areDown) await bringBack();
    }
  },
};
