import { type LossResponse, lossResponse } from '@meridian/contracts';
import { type RegionId, regionIds, urlOf } from '@meridian/regions';
import type { Session } from '../session.ts';

/** What the controls that answer have noted of the region's latest failure: nobody need have given a command for it. */
export async function findLosses(session: Session, region: RegionId): Promise<LossResponse[]> {
  const others = regionIds(session.topology).filter((one) => one !== region);
  const asked = others.map(async (other) => {
    const control = session.addresses.regions[other]?.control;
    if (!control) return [];
    const answer = await session.http.call({ url: `${urlOf(control)}/losses/${region}`, timeoutMs: 2_000 });
    const loss = answer.ok && answer.status === 200 ? lossResponse.safeParse(answer.body).data : undefined;
    return loss ? [loss] : [];
  });
  return (await Promise.all(asked)).flat();
}
