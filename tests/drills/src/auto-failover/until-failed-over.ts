import { LOST_AFTER_LOOKS, type RegionId, type RoutingTable } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { atControl, tableAt } from '../control/ask-control.ts';
import { rtoSentence, type Served, untilServed } from '../observe/rto.ts';

/** Each counted from the loss, in milliseconds. */
export interface FailedOver extends Served {
  table: RoutingTable;
  successor: RegionId;
  detectMs: number;
  decideMs: number;
}

/** Four looks, votes over the WAN, the lease before and its clock error; and a busy machine. */
const LOOK = { withinMs: 40_000, everyMs: 50 };

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
  const { primary: successor, ...served } = await untilServed(table, lostAtMs);
  return { table, successor, detectMs, decideMs, ...served };
}

export const rtoOf = (failedOver: FailedOver) => rtoSentence(`${failedOver.detectMs} ms`, failedOver);
