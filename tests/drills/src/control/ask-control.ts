import type { RegionCommand, RegionId, RoutingTable } from '@meridian/regions';
import { urlOf } from '@meridian/regions';
import { type Answer, addresses, type Call, http } from '@meridian/test-harness';

/** A decision may have to wait for votes from the other end of the world, and for its turn. */
const DECIDED_WITHIN_MS = 15_000;

/** A call to the control of a region, as an operator there makes it. */
export function atControl(region: RegionId, path: string, call: Call = {}): Promise<Answer> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  return http(`${urlOf(regional.control)}${path}`, call);
}

/** Answers whatever control says, also a refusal. */
export function askControl(at: RegionId, command: RegionCommand, expectedEpoch?: number): Promise<Answer> {
  const body = { command, ...(expectedEpoch !== undefined && { expectedEpoch }) };
  return atControl(at, '/commands', { method: 'POST', body, timeoutMs: DECIDED_WITHIN_MS });
}

/** The table that was decided. Throws when the command was refused. */
export async function decide(at: RegionId, command: RegionCommand): Promise<RoutingTable> {
  const { status, body } = await askControl(at, command);
  if (status !== 200) throw new Error(`"${command.kind}" was answered ${status} ${body?.type}: ${body?.detail}`);
  return body.table;
}

/** The newest that the control of a region knows. With `atLeast`, as soon as it knows that epoch. */
export async function tableAt(region: RegionId, atLeast = 0): Promise<RoutingTable> {
  const query = atLeast > 0 ? `?after=${atLeast - 1}&waitMs=10000` : '';
  const { status, body } = await atControl(region, `/routing-table${query}`, { timeoutMs: DECIDED_WITHIN_MS });
  if (status !== 200) throw new Error(`The control of ${region} does not know epoch ${atLeast}: ${status}`);
  return body.table;
}
