import type { RegionId, RoutingTable } from '@meridian/regions';
import { regions } from '@meridian/test-harness';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { operate, type TakenStep } from '../control/operate.ts';
import { type Running, runningIn } from './running-in.ts';

const TAKES_WRITES_WITHIN_MS = 15_000;

/** Of the regions that stand by, before and after. Times of `performance.now()`. */
export interface PilotLight {
  epoch: number;
  standbys: RegionId[];
  before: Running;
  after: Running;
  steps: TakenStep[];
  fromMs: number;
  untilMs: number;
}

/** By the command. Resolves when the edge goes by it and the primary takes writes. */
export async function enterPilotLight(primary: RegionId): Promise<PilotLight> {
  const standbys = regions.filter((region) => region !== primary);
  const before = await runningIn(standbys);
  const fromMs = performance.now();
  const entered = await operate<{ table: RoutingTable; steps: TakenStep[] }>(
    ...['mode', 'pilot-light', '--primary', primary],
  );
  await knownToAll(entered.table.epoch, [primary]);
  await takesWrites(primary, TAKES_WRITES_WITHIN_MS);
  const untilMs = performance.now();
  const { epoch } = entered.table;
  return { epoch, standbys, before, after: await runningIn(standbys), steps: entered.steps, fromMs, untilMs };
}
