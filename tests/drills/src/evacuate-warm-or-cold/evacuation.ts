import type { RegionId } from '@meridian/regions';
import { pause } from '@meridian/test-harness';
import { knownToAll } from '../control/known-to-all.ts';
import { timesOf } from '../control/operate.ts';
import { enterPilotLight } from '../pilot-light/enter-pilot-light.ts';
import { runningIn } from '../pilot-light/running-in.ts';
import type { SentRequest } from '../traffic/start-traffic.ts';
import { type Left, leaveBlindly, leaveFromPilotLight, startServicesOf } from './leave-from-pilot-light.ts';

/** Whether the services of the regions that stand by run in the dark, or have to be started first. */
export type Capacity = 'warm' | 'cold';

/** Times of `performance.now()`. */
export interface Evacuation {
  capacity: Capacity;
  /** Of the regions that stand by, before the first command. */
  servicesBefore: number;
  fromMs: number;
  outMs: number;
  /** Some time after: what is sent until then may fail because of it. */
  untilMs: number;
  /** Undefined when it was done blindly. */
  left: Left | undefined;
}

/** Leaves the region evacuated; everything else is as in active-active. */
export async function evacuated(
  region: RegionId,
  capacity: Capacity,
  staysMs: number,
  blindly: boolean,
): Promise<Evacuation> {
  const { epoch, standbys } = await enterPilotLight(region);
  if (capacity === 'warm') {
    await startServicesOf(standbys);
    await knownToAll(epoch);
  }
  const servicesBefore = (await runningIn(standbys)).services.length;
  await pause(staysMs);
  const fromMs = performance.now();
  const left = blindly ? undefined : await leaveFromPilotLight(region);
  if (blindly) await leaveBlindly(region, standbys);
  const outMs = performance.now();
  await pause(staysMs);
  if (blindly) await startServicesOf(standbys);
  return { capacity, servicesBefore, fromMs, outMs, untilMs: performance.now(), left };
}

export function sentDuring({ fromMs, untilMs }: Evacuation, requests: readonly SentRequest[]): SentRequest[] {
  return requests.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs <= untilMs);
}

export const tookMs = ({ left }: Evacuation) => (left ? left.activateMs + left.evacuateMs : Number.NaN);

export function secondsSentence(one: Evacuation): string {
  if (!one.left) return 'blindly';
  const steps = timesOf([...one.left.activate, ...one.left.evacuate]);
  return `RTO ${(tookMs(one) / 1_000).toFixed(1)} s (detect 0 ms, ${steps}), RPO ${one.left.rpoWrites} writes`;
}
