import type { RegionId } from '@meridian/regions';
import { kill, regions, restart } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { edgeStatus } from '../control/known-to-all.ts';
import { leaveMode } from '../control/leave-mode.ts';
import { operate, type TakenStep, timesOf } from '../control/operate.ts';
import { check, type DrillRun, type Observation } from '../drill.ts';
import type { Traffic } from '../traffic/start-traffic.ts';
import { EDGE_NOTICES_WITHIN_MS, loseRegion } from './lose-region.ts';
import { type Fate, totalOf } from './missing-write-report.ts';

/** The command itself starts, and a majority votes over the WAN. */
const DECIDED_WITHIN_MS = 4_000;
/** The lease of the primary before, and what clocks may be apart. */
const LEASE_IS_OVER_WITHIN_MS = 3_500;
/** The edge looks twice a second. */
const MISSED_WITHIN_MS = 10_000;

/** How the regions come into a mode that has a primary; each resolves when that primary takes writes. */
export interface InMode {
  /** Before there is any traffic. */
  enter?(primary: RegionId): Promise<void>;
  /** While clients ask. */
  enterUnderTraffic?(primary: RegionId, traffic: Traffic): Promise<void>;
  /** Once it was failed back, in the mode still: what speaks against that it is as it should be. */
  returned?(primary: RegionId): Promise<string[]>;
  /** What the successor lacks has to be started: how long that may take. Default 0: all of it runs. */
  startedWithinMs?: number;
  /** Requests. Default: as in every loss of a region. */
  perSecond?: number;
}

/**
 * The primary of a mode is killed under traffic, and the runbook of a failover followed, command by command, from when the
 * edge has missed it. Then it comes back, and the regions are as they were. Sabotaged, nobody fails it over.
 */
export async function killPrimary({ scale, sabotage, say }: DrillRun, mode: InMode): Promise<Observation> {
  const [successor, primary] = regions as [RegionId, RegionId];
  const startedWithinMs = mode.startedWithinMs ?? 0;
  const servedAgainWithinMs = EDGE_NOTICES_WITHIN_MS + DECIDED_WITHIN_MS + startedWithinMs + LEASE_IS_OVER_WITHIN_MS;
  let isDown = false;
  let steps: TakenStep[] = [];
  let fates: Fate[] = [];
  let lacking = 0;
  let wrongOnceBack: string[] = [];
  try {
    await mode.enter?.(primary);
    const seen = await loseRegion({
      ...{ region: primary, scale, say, servedAgainWithinMs, perSecond: mode.perSecond },
      arrange: async (traffic) => mode.enterUnderTraffic?.(primary, traffic),
      async lose() {
        isDown = true;
        await kill(primary);
      },
      async takeOver() {
        await untilMissed(primary);
        if (sabotage) return 'nobody decides';
        steps = (await operate<{ steps: TakenStep[] }>('failover', primary, '--to', successor)).steps;
        // Detecting is told by the edge, for every way to lose a region alike.
        return `failover: ${timesOf(steps.filter(({ step }) => step !== 'detect'))}; seen by clients`;
      },
      async bringBack({ orderIds }) {
        lacking = orderIds.length;
        await restart(primary);
        isDown = false;
        if (!sabotage) fates = (await operate<{ fates: Fate[] }>('failback', primary, '--hold', '1')).fates;
        wrongOnceBack = (await mode.returned?.(primary)) ?? [];
        await leaveMode();
      },
    });
    const { missing, arrived } = totalOf(fates);
    const start = steps.find(({ step }) => step === 'start');
    return {
      ...seen,
      figures: {
        ...seen.figures,
        ...(start && { 'services started': `in ${start.tookMs} ms: ${start.said}` }),
        'missing-write report': `${missing} events were missing, ${arrived} came with the region`,
      },
      checks: [
        ...seen.checks,
        check('I2', 'all that the report says was missing has come', missing === arrived ? [] : fates),
        check(
          'I2',
          'the report misses no order that the lost region alone had',
          sabotage || missing >= lacking ? [] : [`${missing} events are told, ${lacking} orders were missing`],
        ),
        ...(mode.returned ? [check('RTO', 'back, it is handed the primary without a command', wrongOnceBack)] : []),
      ],
    };
  } finally {
    if (isDown) await restart(primary);
    await leaveMode();
  }
}

async function untilMissed(region: RegionId): Promise<void> {
  await eventually(
    async () => {
      const { healthy } = (await edgeStatus()).regions.find((r: { region: RegionId }) => r.region === region);
      if (healthy) throw new Error(`the edge still uses ${region}`);
    },
    { withinMs: MISSED_WITHIN_MS, everyMs: 20 },
  );
}
