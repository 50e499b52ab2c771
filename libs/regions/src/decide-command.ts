import { LIFE_CYCLE, type RegionEvent } from './life-cycle.ts';
import { describeCommand, type RegionCommand } from './region-command.ts';
import { type Mode, mayWrite, primaryOf, type RegionState, type RoutingTable } from './routing-table.ts';
import type { RegionId } from './topology.ts';

/**
 * What a command makes of the routing table. Problem: who may write is a property of all regions together, while an
 * operator thinks of one; two sensible commands after each other (drain this one, stand by that one) can leave nobody.
 * So the whole next table is the answer, or a refusal, and no table that is answered leaves the system without a
 * region that may write. Pure: the caller has the table made the next epoch by a majority, or asks again on top of the
 * winner's. SPEC.md gives the invariants.
 */

export type RefusalReason =
  | 'UnknownRegion'
  | 'AlreadySo'
  | 'NotInLifeCycle'
  | 'NobodyWouldWrite'
  | 'IsPrimary'
  | 'NotPrimary'
  | 'NoPrimaryInMode'
  | 'NoSuccessor'
  | 'CannotWrite';

/** `detail` is one sentence for people. */
export type Refusal = { ok: false; reason: RefusalReason; detail: string };
export type CommandDecision = { ok: true; table: RoutingTable } | Refusal;

/** States in which a region writes if the mode lets it. */
const WRITES: readonly RegionState[] = ['active', 'failing-back'];

/** `now` is the proposer's wall clock in milliseconds. */
export function decideCommand(table: RoutingTable, command: RegionCommand, now: number): CommandDecision {
  const named = regionNamedBy(command).find((id) => !Object.hasOwn(table.regions, id));
  if (named !== undefined)
    return refuse('UnknownRegion', `There is no region "${named}"; the regions are ${ids(table).join(', ')}.`);
  const next = { ...table, epoch: table.epoch + 1, decidedAtMs: now, reason: describeCommand(command) };
  const decision = apply(next, command);
  if (!decision.ok || ids(decision.table).some((id) => mayWrite(decision.table, id))) return decision;
  return refuse('NobodyWouldWrite', `To ${next.reason} would leave no region that may write.`);
}

function apply(table: RoutingTable, command: RegionCommand): CommandDecision {
  switch (command.kind) {
    case 'set-mode':
      return setMode(table, command.mode);
    case 'set-weight':
      return setWeight(table, command.region, command.weight);
    case 'hand-over':
      return handOver(table, command.to);
    case 'fail':
      return fail(table, command.region, command.successor);
    default:
      return leaveOrReturn(table, command.kind, command.region);
  }
}

function setMode(table: RoutingTable, mode: Mode): CommandDecision {
  if (isSameMode(table.mode, mode)) return refuse('AlreadySo', `The mode is ${mode.kind} already, just so.`);
  if (mode.kind !== 'active-active' && !writes(table, mode.primary)) return cannotWrite(table, mode.primary);
  const next = { ...table, mode };
  if (mode.kind !== 'pilot-light') return { ok: true, table: next };
  // Elsewhere only the data tier runs. Who serves nobody keeps its state, which says more than `standby` would.
  const serving = ids(table).filter((id) => id !== mode.primary && (writes(table, id) || isIn(table, id, 'draining')));
  return { ok: true, table: serving.reduce((t, id) => moved(t, id, 'standby'), next) };
}

function setWeight(table: RoutingTable, region: RegionId, weight: number): CommandDecision {
  const entry = table.regions[region];
  if (!entry || entry.weight === weight) return refuse('AlreadySo', `The weight of ${region} is ${weight} already.`);
  return { ok: true, table: { ...table, regions: { ...table.regions, [region]: { ...entry, weight } } } };
}

function handOver(table: RoutingTable, to: RegionId): CommandDecision {
  if (table.mode.kind === 'active-active')
    return refuse('NoPrimaryInMode', 'In the mode active-active every region writes: there is nothing to hand over.');
  if (table.mode.primary === to) return refuse('AlreadySo', `${to} is the primary already.`);
  if (!writes(table, to)) return cannotWrite(table, to);
  return { ok: true, table: withPrimary(table, to) };
}

function fail(table: RoutingTable, region: RegionId, named: RegionId | undefined): CommandDecision {
  const failed = step(table, 'fail', region);
  if (!failed.ok) return failed;
  if (primaryOf(table) !== region) {
    if (named === undefined) return failed;
    return refuse('NotPrimary', `${region} is not the primary, so that ${named} cannot succeed it.`);
  }
  const able = successors(failed.table);
  const successor = named === undefined ? able[0] : able.find((id) => id === named);
  if (successor === undefined)
    return named === undefined
      ? refuse('NoSuccessor', `${region} is the primary, and no other region could take its place.`)
      : cannotWrite(failed.table, named);
  const next = withPrimary(failed.table, successor);
  return { ok: true, table: isIn(next, successor, 'active') ? next : moved(next, successor, 'active') };
}

function leaveOrReturn(table: RoutingTable, event: RegionEvent, region: RegionId): CommandDecision {
  const decision = step(table, event, region);
  if (!decision.ok || primaryOf(table) !== region || writes(decision.table, region)) return decision;
  return refuse('IsPrimary', `${region} is the primary: hand over to another region first.`);
}

/** Who could become primary, the best first: who serves already, then who has the larger weight. */
function successors(table: RoutingTable): RegionId[] {
  const order: readonly RegionState[] = ['active', 'failing-back', 'standby'];
  const weightOf = (id: RegionId) => table.regions[id]?.weight ?? 0;
  return order.flatMap((state) =>
    ids(table)
      .filter((id) => isIn(table, id, state))
      .sort((a, b) => weightOf(b) - weightOf(a)),
  );
}

function step(table: RoutingTable, event: RegionEvent, region: RegionId): CommandDecision {
  const state = stateOf(table, region);
  const cell = LIFE_CYCLE[state][event];
  if (cell === 'already') return refuse('AlreadySo', `${region} is ${state} already.`);
  if ('refused' in cell) return refuse('NotInLifeCycle', `${region} is ${state} and ${cell.refused}.`);
  return { ok: true, table: moved(table, region, cell.to) };
}

function moved(table: RoutingTable, region: RegionId, state: RegionState): RoutingTable {
  const weight = table.regions[region]?.weight ?? 1;
  return { ...table, regions: { ...table.regions, [region]: { state, weight, sinceEpoch: table.epoch } } };
}

function withPrimary(table: RoutingTable, primary: RegionId): RoutingTable {
  return table.mode.kind === 'active-active' ? table : { ...table, mode: { ...table.mode, primary } };
}

function regionNamedBy(command: RegionCommand): RegionId[] {
  if (command.kind === 'set-mode') return command.mode.kind === 'active-active' ? [] : [command.mode.primary];
  if (command.kind === 'hand-over') return [command.to];
  if (command.kind === 'fail') return [command.region, command.successor ?? [], command.votes ?? []].flat();
  return [command.region];
}

function isSameMode(a: Mode, b: Mode): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'active-active' || b.kind === 'active-active') return true;
  if (a.primary !== b.primary) return false;
  if (a.kind === 'active-passive' && b.kind === 'active-passive') return !a.automatic === !b.automatic;
  if (a.kind !== 'follow-the-sun' || b.kind !== 'follow-the-sun') return true;
  const { clock: x } = a;
  const { clock: y } = b;
  return x.realStartMs === y.realStartMs && x.startsAtMs === y.startsAtMs && x.speed === y.speed;
}

function stateOf(table: RoutingTable, region: RegionId): RegionState {
  const entry = table.regions[region];
  if (!entry) throw new Error(`The routing table names no region "${region}".`);
  return entry.state;
}

function isIn(table: RoutingTable, region: RegionId, state: RegionState): boolean {
  return table.regions[region]?.state === state;
}

function writes(table: RoutingTable, region: RegionId): boolean {
  return WRITES.includes(stateOf(table, region));
}

function ids(table: RoutingTable): RegionId[] {
  return Object.keys(table.regions);
}

function cannotWrite(table: RoutingTable, region: RegionId): Refusal {
  return refuse('CannotWrite', `${region} is ${stateOf(table, region)}, so that it cannot become the primary.`);
}

function refuse(reason: RefusalReason, detail: string): Refusal {
  return { ok: false, reason, detail };
}
