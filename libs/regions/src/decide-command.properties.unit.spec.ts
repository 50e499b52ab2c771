import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, commandsOf, modesOf } from './commands.fixture.ts';
import {
  decideCommand,
  firstRoutingTable,
  type RegionCommand,
  type RoutingTable,
  regionCommand,
  routingTable,
} from './index.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast', 'sa-east'];
const weights = fc.record({
  kind: fc.constant('set-weight' as const),
  region: fc.constantFrom(...regions),
  weight: fc.double({ min: 0, max: 1, noNaN: true }).map((w) => w + 0),
});
const command: fc.Arbitrary<RegionCommand> = fc.oneof(fc.constantFrom(...commandsOf(regions)), weights);
const commands = fc.array(command, { maxLength: 60 });

/** Calls back after every command with what was, what was asked and what was answered. */
function walk(
  list: readonly RegionCommand[],
  seen: (before: RoutingTable, asked: RegionCommand, answer: ReturnType<typeof decideCommand>, now: number) => void,
): RoutingTable {
  let table = firstRoutingTable(regions);
  for (const [i, asked] of list.entries()) {
    const answer = decideCommand(table, asked, i * 10);
    seen(table, asked, answer, i * 10);
    if (answer.ok) table = answer.table;
  }
  return table;
}

const anyTable = commands.map((list) => walk(list, () => {}));

describe('decideCommand, whatever commands came before', () => {
  it('R1 a granted command is exactly one new epoch, and a refused one changes nothing', () => {
    fc.assert(
      fc.property(commands, (list) => {
        walk(list, (before, asked, answer, now) => {
          const copy = structuredClone(before);
          decideCommand(before, asked, now);
          expect(before).toEqual(copy);
          if (answer.ok) {
            expect(answer.table.epoch).toBe(before.epoch + 1);
            expect(answer.table.decidedAtMs).toBe(now);
            expect(answer.table.reason).not.toBe('');
          } else expect(answer.detail).toMatch(/^[A-Za-z].*\.$/);
        });
      }),
    );
  });

  it('R12 sinceEpoch is the epoch in which the state last changed', () => {
    fc.assert(
      fc.property(commands, (list) => {
        walk(list, (before, _, answer) => {
          if (!answer.ok) return;
          for (const id of regions) {
            const [was, is] = [before.regions[id], answer.table.regions[id]];
            expect(is?.sinceEpoch).toBe(was?.state === is?.state ? was?.sinceEpoch : answer.table.epoch);
          }
        });
      }),
    );
  });

  it('R11 there and back leaves state, weight and mode as they were', () => {
    const meaning = ({ mode, regions: entries }: RoutingTable) => ({
      mode,
      regions: Object.entries(entries).map(([id, { state, weight }]) => [id, state, weight]),
    });
    fc.assert(
      fc.property(
        anyTable,
        fc.constantFrom(...regions),
        fc.constantFrom(...modesOf(regions)),
        (table, region, mode) => {
          const ways: RegionCommand[][] = [
            [
              { kind: 'drain', region },
              { kind: 'activate', region },
            ],
            [
              { kind: 'drain', region },
              { kind: 'evacuate', region },
              { kind: 'fail-back', region },
              { kind: 'activate', region },
            ],
            [
              { kind: 'fail', region },
              { kind: 'recover', region },
              { kind: 'fail-back', region },
              { kind: 'activate', region },
            ],
          ];
          const canLeave =
            table.regions[region]?.state === 'active' && decideCommand(table, { kind: 'drain', region }, 0).ok;
          for (const way of canLeave ? ways : []) expect(meaning(after(table, ...way))).toEqual(meaning(table));

          // Pilot light moves states, and is left by activating what it has put by.
          const there = decideCommand(table, { kind: 'set-mode', mode }, 0);
          if (!there.ok || mode.kind === 'pilot-light') return;
          const back = decideCommand(there.table, { kind: 'set-mode', mode: table.mode }, 0);
          if (table.mode.kind !== 'pilot-light') expect(back.ok && meaning(back.table)).toEqual(meaning(table));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('R14 table and command mean the same after a journey as JSON', () => {
    fc.assert(
      fc.property(anyTable, command, (table, asked) => {
        const sent = (value: unknown) => JSON.parse(JSON.stringify(value));
        const arrived = routingTable.parse(sent(table));
        expect(arrived).toEqual(table);
        expect(decideCommand(arrived, regionCommand.parse(sent(asked)), 7)).toEqual(decideCommand(table, asked, 7));
      }),
    );
  });
});
