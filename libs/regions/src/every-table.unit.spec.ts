import { beforeAll, expect, it } from 'vitest';
import { commandsOf } from './commands.fixture.ts';
import {
  decideCommand,
  firstRoutingTable,
  LIFE_CYCLE,
  mayWrite,
  primaryOf,
  REGION_EVENTS,
  type RegionState,
  type RoutingTable,
} from './index.ts';

/** Not a sample: every table of three regions that commands can lead to, and every step between two of them. */
const regions = ['us-east', 'eu-west', 'ap-southeast'];
const tables = new Map<string, RoutingTable>();
const steps: { from: RoutingTable; to: RoutingTable }[] = [];

/** What a table allows; not when or under which number. */
function meaningOf(table: RoutingTable): string {
  return JSON.stringify([table.mode, regions.map((id) => table.regions[id]?.state)]);
}

beforeAll(() => {
  const commands = commandsOf(regions);
  const todo = [firstRoutingTable(regions)];
  for (let from = todo.pop(); from; from = todo.pop()) {
    if (tables.has(meaningOf(from))) continue;
    tables.set(meaningOf(from), from);
    for (const command of commands) {
      const decision = decideCommand(from, command, 0);
      if (!decision.ok) continue;
      steps.push({ from, to: decision.table });
      todo.push(decision.table);
    }
  }
});

const stateOf = (table: RoutingTable, id: string) => table.regions[id]?.state as RegionState;

it('goes through enough tables to mean something', () => {
  expect(tables.size).toBeGreaterThan(1_000);
});

it('R2 in a mode with a primary nobody else may write', () => {
  for (const table of tables.values()) {
    const primary = primaryOf(table);
    if (primary !== undefined) expect(regions.filter((id) => mayWrite(table, id))).toEqual([primary]);
  }
});

it('R3 somebody may write in every table that commands can lead to', () => {
  for (const table of tables.values()) expect(regions.some((id) => mayWrite(table, id))).toBe(true);
});

it('R4 every change of a state is a cell of the life cycle', () => {
  for (const { from, to } of steps)
    for (const id of regions) {
      const [was, is] = [stateOf(from, id), stateOf(to, id)];
      if (was === is) continue;
      const cells = REGION_EVENTS.map((event) => LIFE_CYCLE[was][event]);
      expect(cells, `${was} to ${is}`).toContainEqual({ to: is });
    }
});

it('R5 every cell that leads somewhere can be reached', () => {
  const seen = new Set(steps.flatMap(({ from, to }) => regions.map((id) => `${stateOf(from, id)} ${stateOf(to, id)}`)));
  for (const [state, row] of Object.entries(LIFE_CYCLE))
    for (const cell of Object.values(row))
      if (typeof cell === 'object' && 'to' in cell) expect(seen).toContain(`${state} ${cell.to}`);
});
