import { type EdgeStatusResponse, edgeStatusResponse } from '@meridian/contracts';
import { urlOf } from '@meridian/regions';
import type { Session } from '../session.ts';

export type EdgeRegion = EdgeStatusResponse['regions'][number];

/** The regions as the edge sees them; `undefined` when it does not answer. */
export async function findEdgeRegions(session: Session): Promise<EdgeRegion[] | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.edge)}/status` });
  return answer.ok ? edgeStatusResponse.safeParse(answer.body).data?.regions : undefined;
}
