import type { RegionId } from '@meridian/regions';
import { regions } from '@meridian/test-harness';
import { tableAt } from './ask-control.ts';
import { backToFirst } from './back-to-first.ts';
import { operate } from './operate.ts';

/** Back to where drills begin, from any mode: out of pilot light services have to be started, which the command does. */
export async function leaveMode(): Promise<void> {
  const { mode } = await tableAt(regions[0] as RegionId);
  if (mode.kind === 'pilot-light') await operate('mode', 'active-active');
  await backToFirst();
}
