import { type EdgeStatusResponse, edgeStatusResponse } from '@meridian/contracts';
import { urlOf } from '@meridian/regions';
import type { Session } from '../session.ts';

export type EdgeRegion = EdgeStatusResponse['regions'][number];

/** What the edge knows, and where it sends requests; `undefined` when it does not answer. */
export async function findEdge(session: Session): Promise<EdgeStatusResponse | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.edge)}/status` });
  return answer.ok ? edgeStatusResponse.safeParse(answer.body).data : undefined;
}

/** The regions as the edge sees them; `undefined` when it does not answer. */
export async function findEdgeRegions(session: Session): Promise<EdgeRegion[] | undefined> {
  return (await findEdge(session))?.regions;
}
