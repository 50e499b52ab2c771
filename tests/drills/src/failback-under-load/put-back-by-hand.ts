import type { RegionId } from '@meridian/regions';
import { regions } from '@meridian/test-harness';
import { decide } from '../control/ask-control.ts';

/** What `failback` does between its checks, without them. */
export async function putBackByHand(region: RegionId): Promise<void> {
  const at = regions.find((other) => other !== region) as RegionId;
  await decide(at, { kind: 'recover', region });
  await decide(at, { kind: 'fail-back', region });
}
