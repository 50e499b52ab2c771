import type { RegionId } from '@meridian/regions';
import { kill, meridian, meridianJson, regions, restart, TEST_PORT_OFFSET } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { backToFirst } from '../control/back-to-first.ts';
import { edgeStatus, knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { EDGE_NOTICES_WITHIN_MS, loseRegion, PER_SECOND } from './lose-region.ts';

/** What `failover` reports; a service's `missing` is null while the lost region cannot say what it had written. */
interface Missing {
  service: string;
  missing: number | null;
}
interface Step {
  step: string;
  tookMs: number;
}
interface Fate {
  missing: number;
  arrived: number;
}

const AT = ['--port-offset', String(TEST_PORT_OFFSET)];
/** The command itself starts, and a majority votes over the WAN. */
const DECIDED_WITHIN_MS = 4_000;
/** The lease of the primary before, and what clocks may be apart. */
const LEASE_IS_OVER_WITHIN_MS = 3_500;
/** The edge looks twice a second. */
const MISSED_WITHIN_MS = 10_000;
const TAKES_WRITES_WITHIN_MS = 15_000;

const SERVED_AGAIN_WITHIN_MS = EDGE_NOTICES_WITHIN_MS + DECIDED_WITHIN_MS + LEASE_IS_OVER_WITHIN_MS;

/** The runbook of a failover, command by command, given as soon as the edge has missed the primary. */
export const killActivePassive: Drill = {
  name: 'kill-region-active-passive',
  hypothesis:
    'In active-passive, when the primary dies, another one writes a few seconds after it was told to; what had been acknowledged is there again when the lost region is, and the report says what was missing.',
  fault: `kill -9 of every process of the primary, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the runner says that none runs.`,
  sabotage: 'nobody fails it over',
  onDemand: true,

  async run({ scale, sabotage, say }) {
    const [successor, region] = regions as [RegionId, RegionId];
    let isDown = false;
    let report: { missing: Missing[]; steps: Step[] } | undefined;
    let fates: Fate[] = [];
    try {
      const entered = await meridianJson('mode', 'active-passive', '--primary', region, ...AT);
      await knownToAll(entered.table.epoch, [region]);
      await takesWrites(region, TAKES_WRITES_WITHIN_MS);
      const seen = await loseRegion({
        ...{ region, scale, say, servedAgainWithinMs: SERVED_AGAIN_WITHIN_MS },
        async lose() {
          isDown = true;
          await kill(region);
        },
        async takeOver() {
          await untilMissed(region);
          if (sabotage) return 'nobody decides';
          report = await meridianJson('failover', region, '--to', successor, ...AT);
          return timesOf(report?.steps ?? []);
        },
        async bringBack() {
          await restart(region);
          isDown = false;
          if (!sabotage) {
            await step('failback', region, '--hold', '1');
            fates = (await meridianJson('failover', 'report', region, ...AT)).fates;
          }
          await backToFirst();
        },
      });
      const came = fates.reduce((sum, { arrived }) => sum + arrived, 0);
      const missing = fates.reduce((sum, one) => sum + one.missing, 0);
      return {
        ...seen,
        figures: {
          ...seen.figures,
          'missing-write report': `${missing} events were missing, ${came} came with the region`,
        },
        checks: [
          ...seen.checks,
          check('I2', 'all that the report says was missing has come', missing === came ? [] : [JSON.stringify(fates)]),
        ],
      };
    } finally {
      if (isDown) await restart(region);
      await backToFirst();
    }
  },
};

async function untilMissed(region: RegionId): Promise<void> {
  await eventually(
    async () => {
      const { healthy } = (await edgeStatus()).regions.find((r: { region: RegionId }) => r.region === region);
      if (healthy) throw new Error(`the edge still uses ${region}`);
    },
    { withinMs: MISSED_WITHIN_MS, everyMs: 20 },
  );
}

async function step(...command: string[]): Promise<void> {
  const { code, stderr } = await meridian(...command, ...AT);
  if (code !== 0) throw new Error(`meridian ${command.join(' ')} ended with ${code}: ${stderr}`);
}

/** Detecting is told by the edge, for every way to lose a region alike. */
function timesOf(steps: readonly Step[]): string {
  const taken = steps.filter(({ step }) => step !== 'detect');
  return `failover: ${taken.map(({ step, tookMs }) => `${step} ${tookMs} ms`).join(', ')}; seen by clients`;
}
