import { formatHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type History, histories, notReplaced, play, type Replicated } from './histories.fixture.ts';
import {
  concurrentRegisters,
  joinRegister,
  type Overridden,
  overriddenRegisters,
  type Register,
  sawWrite,
  writeRegister,
} from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

const at = (wallMs: number, region: string) => formatHlc({ wallMs, counter: 0, region });
const join = <T>(a: Register<T>, b: Register<T>) => joinRegister(a, b) ?? a;
const pairs = (overridden: Overridden[]) => overridden.map(({ lost, won }) => [lost.value, won.value]);
const between = (a: Register<unknown>, b: Register<unknown>) => pairs(overriddenRegisters({ name: a }, { name: b }));

const ada = writeRegister(undefined, 'Ada', { hlc: at(1, 'eu-west') });

describe('a write', () => {
  test('that replaces a value it had seen overrides nobody, in whichever order the two meet', () => {
    const edit = writeRegister(ada, 'Ada L.', { hlc: at(2, 'us-east') });
    expect([between(ada, edit), between(edit, ada)]).toEqual([[], []]);
  });

  test('that had not seen the other one overrides it, and both sides of the join say the same', () => {
    const unseen = writeRegister<string>(undefined, 'Grace', { hlc: at(2, 'us-east') });
    expect([between(ada, unseen), between(unseen, ada)]).toEqual([[['Ada', 'Grace']], [['Ada', 'Grace']]]);
    expect(concurrentRegisters(ada, unseen)).toBe(true);
  });

  test('has seen what its value was built on, however many writes ago', () => {
    const second = writeRegister(ada, 'b', { hlc: at(2, 'us-east') });
    const third = writeRegister(second, 'c', { hlc: at(3, 'ap-southeast') });
    expect(sawWrite(third, ada.hlc)).toBe(true);
    expect(between(ada, third)).toEqual([]);
  });

  test('has seen what had lost here before it: that author was overridden by another, not by this one', () => {
    const lost = ada;
    const winner = writeRegister<string>(undefined, 'Grace', { hlc: at(2, 'us-east') });
    const after = writeRegister(join(winner, lost), 'Grace H.', { hlc: at(3, 'us-east') });
    expect(between(lost, after)).toEqual([]);
  });

  test('of the same value as a concurrent one is no loss', () => {
    const money = { amountMinor: 450, currency: 'EUR' };
    const here = writeRegister<unknown>(undefined, money, { hlc: at(1, 'eu-west') });
    const same = { currency: 'EUR', amountMinor: 450 };
    expect(between(here, writeRegister<unknown>(undefined, same, { hlc: at(2, 'us-east') }))).toEqual([]);
  });

  test('names the trace that it was made in, and keeps it through joins', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const traced = writeRegister(ada, 'x', { hlc: at(4, 'us-east'), trace });
    expect(join(ada, traced).trace).toBe(trace);
    expect(Object.keys(ada)).not.toContain('trace');
  });
});

describe('a register of a version that had no `seen`', () => {
  const old: Register<string> = { value: 'old', hlc: at(5, 'us-east') };

  test('joins as it did', () => {
    expect(join(ada, old)).toMatchObject({ value: 'old', hlc: old.hlc });
    expect(join(old, old)).toEqual(old);
  });

  test('is not reported as having overridden something: it may have been an edit of it', () => {
    expect(between(ada, old)).toEqual([]);
  });

  test('is reported as lost to one that says what it saw, and not when it was seen', () => {
    const unseen = writeRegister(ada, 'new', { hlc: at(6, 'eu-west') });
    const edit = writeRegister(old, 'new', { hlc: at(6, 'eu-west') });
    expect([between(old, unseen), between(old, edit)]).toEqual([[['old', 'new']], []]);
  });
});

type Field = Register<string> | undefined;
const field: Replicated<Field> = {
  empty: undefined,
  join: joinRegister,
  write: (known, { hlc }) => writeRegister(known, `written at ${hlc}`, { hlc }),
};

/** Every entry of the history, each checked against the sets of writes that were known on both sides of the join. */
function reportedIn(history: History, healBy: 'deltas' | 'states') {
  const reported: Overridden[] = [];
  const { writes, heal } = play(field, history, (to, { state, known }) => {
    const found = overriddenRegisters({ name: to.state }, { name: state });
    const [held, arrived] = [to.state?.hlc, state?.hlc];
    const unseenByEither = held && arrived && held !== arrived && !to.known.has(arrived) && !known.has(held);
    expectEqual(found.length, unseenByEither ? 1 : 0);
    reported.push(...found);
  });
  heal(healBy);
  return { writes, reported };
}

describe.each(['deltas', 'states'] as const)('over any history in three regions that heals by %s', (healBy) => {
  testLaw(
    'there is no entry where one author had seen the other write, and one for each that nobody replaced knowingly',
    fc.property(histories, (history) => {
      const { writes, reported } = reportedIn(history, healBy);
      const before = new Map(writes.map((write) => [write.hlc, write.before]));
      for (const { lost, won } of reported) {
        if (before.get(won.hlc)?.has(lost.hlc)) expect.fail(`${won.hlc} was written by one who had seen ${lost.hlc}`);
        if (before.get(lost.hlc)?.has(won.hlc)) expect.fail(`${lost.hlc} was written by one who had seen ${won.hlc}`);
      }
      const lost = new Set(reported.map((entry) => entry.lost.hlc));
      const kept = writes
        .map(({ hlc }) => hlc)
        .sort()
        .at(-1);
      for (const { hlc } of notReplaced(writes))
        if (hlc !== kept && !lost.has(hlc)) expect.fail(`${hlc} was lost in silence`);
    }),
  );
});
