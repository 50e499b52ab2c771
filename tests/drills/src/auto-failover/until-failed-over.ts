import { LOST_AFTER_LOOKS, primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { atControl, tableAt } from '../control/ask-control.ts';
import { edgeStatus, takesWrites } from '../control/known-to-all.ts';

/** Each counted from the loss, in milliseconds. */
export interface FailedOver {
  table: RoutingTable;
  successor: RegionId;
  detectMs: number;
  decideMs: number;
  routeMs: number;
  serveMs: number;
}

/** Four looks, votes over the WAN, the lease before and its clock error; and a busy machine. */
const WITHIN_MS = 40_000;
const LOOK = { withinMs: WITHIN_MS, everyMs: 50 };

/** Waits until the survivors have failed the primary by themselves and its successor takes writes; asks nobody for it. */
export async function untilFailedOver(
  { epoch }: RoutingTable,
  survivors: readonly RegionId[],
  lostAtMs: number,
): Promise<FailedOver> {
  const sinceMs = () => Math.round(performance.now() - lostAtMs);
  const witness = survivors[0] as RegionId;
  await eventually(async () => {
    const { body } = await atControl(witness, '/status');
    const missed = body.primarySeen?.missed ?? 0;
    if (body.table.epoch === epoch && missed < LOST_AFTER_LOOKS)
      throw new Error(`${witness} has missed the primary ${missed} times`);
  }, LOOK);
  const detectMs = sinceMs();
  const table = await eventually(async () => {
    const known = await tableAt(witness);
    if (known.epoch === epoch) throw new Error(`${witness} knows epoch ${epoch} still`);
    return known;
  }, LOOK);
  const decideMs = sinceMs();
  await eventually(async () => {
    const { epoch: known } = (await edgeStatus()).table;
    if (known < table.epoch) throw new Error(`the edge goes by epoch ${known}`);
  }, LOOK);
  const routeMs = sinceMs();
  const successor = primaryOf(table);
  if (successor === undefined) throw new Error(`Epoch ${table.epoch} has no primary: ${table.reason}.`);
  await takesWrites(successor, WITHIN_MS);
  return { table, successor, detectMs, decideMs, routeMs, serveMs: sinceMs() };
}

export function rtoOf({ detectMs, decideMs, routeMs, serveMs }: FailedOver): string {
  return `detect ${detectMs} ms, decide ${decideMs} ms, route ${routeMs} ms, serve ${serveMs} ms after the loss`;
}
