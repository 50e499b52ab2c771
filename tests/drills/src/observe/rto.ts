import { primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { edgeStatus, takesWrites } from '../control/known-to-all.ts';

/** What follows the decision, each counted from the loss or, where nobody is lost, from the command, in milliseconds. */
export interface Served {
  routeMs: number;
  serveMs: number;
}

/** Votes over the WAN, the lease before and its clock error; and a busy machine. */
const WITHIN_MS = 40_000;

/** Waits until the edge goes by the table, and until its primary takes writes. `sinceMs` of `performance.now()`. */
export async function untilServed(table: RoutingTable, sinceMs: number): Promise<Served & { primary: RegionId }> {
  const passedMs = () => Math.round(performance.now() - sinceMs);
  await eventually(
    async () => {
      const { epoch: known } = (await edgeStatus()).table;
      if (known < table.epoch) throw new Error(`the edge goes by epoch ${known}`);
    },
    { withinMs: WITHIN_MS, everyMs: 20 },
  );
  const routeMs = passedMs();
  const primary = primaryOf(table);
  if (primary === undefined) throw new Error(`Epoch ${table.epoch} has no primary: ${table.reason}.`);
  await takesWrites(primary, WITHIN_MS);
  return { primary, routeMs, serveMs: passedMs() };
}

/** What is to be said of detection where a person, or a plan, says when: nobody has to notice anything. */
export const TOLD_BY_THE_OPERATOR = '0 ms (told by the operator)';

export function rtoSentence(
  detect: string,
  { decideMs, routeMs, serveMs }: Served & { decideMs: number },
  since = 'the loss',
): string {
  return `detect ${detect}, decide ${decideMs} ms, route ${routeMs} ms, serve ${serveMs} ms after ${since}`;
}
