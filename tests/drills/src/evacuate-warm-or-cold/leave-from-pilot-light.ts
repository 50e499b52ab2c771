import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import { restart } from '@meridian/test-harness';
import { decide } from '../control/ask-control.ts';
import { knownToAll } from '../control/known-to-all.ts';
import { operate, type TakenStep } from '../control/operate.ts';

export interface Left {
  activate: TakenStep[];
  evacuate: TakenStep[];
  activateMs: number;
  evacuateMs: number;
  /** What others lacked when it was evacuated. */
  rpoWrites: number;
}

/** The regions that stand by are made to serve, and then the one that served leaves: two commands. */
export async function leaveFromPilotLight(region: RegionId): Promise<Left> {
  const activated = await operate<{ steps: TakenStep[]; seconds: number }>('mode', 'active-active');
  const evacuated = await operate<{ steps: TakenStep[]; seconds: number; rpo: { writes: number } }>('evacuate', region);
  return {
    activate: activated.steps,
    evacuate: evacuated.steps,
    activateMs: 1_000 * activated.seconds,
    evacuateMs: 1_000 * evacuated.seconds,
    rpoWrites: evacuated.rpo.writes,
  };
}

/** Dark capacity: services that run, know the epoch and serve nobody. */
export async function startServicesOf(regions: readonly RegionId[]): Promise<void> {
  await Promise.all(regions.flatMap((region) => SERVICE_NAMES.map((service) => restart(`${region}/${service}`))));
}

/** The same epochs, and nobody has looked whether there are services to bear them. */
export async function leaveBlindly(region: RegionId, standbys: readonly RegionId[]): Promise<void> {
  await decide(region, { kind: 'set-mode', mode: { kind: 'active-active' } });
  for (const standby of standbys) await decide(region, { kind: 'activate', region: standby });
  const { epoch } = await decide(region, { kind: 'drain', region });
  await knownToAll(epoch, [region]);
}
