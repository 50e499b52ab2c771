import type { RegionId, RoutingTable } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { tableAt } from '../control/ask-control.ts';

/** The lost region starts, joins the vote, and a machine that is busy with that counts it. */
const WITHIN_MS = 30_000;

/** The table in which the primary is failed: decided already, or asked for again until a majority answers. */
export function failedOver(
  at: RegionId,
  primary: RegionId,
  beforeEpoch: number,
  ask: () => Promise<void>,
): Promise<RoutingTable> {
  const known = async () => {
    const table = await tableAt(at);
    if (table.epoch > beforeEpoch && table.regions[primary]?.state === 'failed') return table;
    throw new Error(`${at} knows epoch ${table.epoch}: ${table.reason}`);
  };
  return eventually(() => known().catch(() => ask().then(known)), { withinMs: WITHIN_MS, everyMs: 100 });
}
