import { formatHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories, notReplaced, play, type Replicated } from './histories.fixture.ts';
import { joinMultiValue, type MultiValue, multiValueOf, newlyConcurrent, writeMultiValue } from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

const at = (wallMs: number, region: string) => ({ hlc: formatHlc({ wallMs, counter: 0, region }) });
const join = <T>(a: MultiValue<T>, b: MultiValue<T>) => joinMultiValue(a, b) ?? a;
const valuesOf = ({ values }: MultiValue<unknown>) => values.map(({ value }) => value);

const first = writeMultiValue<number>(undefined, 450, at(1, 'eu-west'));
const raised = writeMultiValue(first, 500, at(2, 'eu-west'));
const lowered = writeMultiValue(first, 400, at(3, 'us-east'));

describe('a price', () => {
  test('that was changed in two regions at once has both values, in the order of the clock, everywhere', () => {
    expect(valuesOf(join(raised, lowered))).toEqual([500, 400]);
    expect(join(lowered, raised)).toEqual(join(raised, lowered));
  });

  test('is settled by a write that has seen both', () => {
    const settled = writeMultiValue(join(raised, lowered), 420, at(4, 'ap-southeast'));
    expect(valuesOf([raised, lowered, first].reduce(join, settled))).toEqual([420]);
  });

  test('that one region settled is still in conflict with a value that it had not seen', () => {
    const third = writeMultiValue(first, 399, at(3, 'ap-southeast'));
    const settled = writeMultiValue(join(raised, lowered), 420, at(4, 'eu-west'));
    expect(valuesOf(join(settled, third))).toEqual([399, 420]);
  });

  test('that comes again after it was replaced stays replaced', () => {
    expect(valuesOf(join(raised, first))).toEqual([500]);
  });

  test('of a region that is not upgraded stands beside what it does not say to have seen', () => {
    const old = multiValueOf({ value: 380, hlc: at(5, 'us-east').hlc });
    expect(valuesOf(join(raised, old))).toEqual([500, 380]);
    const upgraded = multiValueOf({ value: 380, hlc: at(5, 'us-east').hlc, seen: raised.seen });
    expect(valuesOf(join(raised, upgraded))).toEqual([380]);
  });

  test('keeps each value once, also if what it has seen does not name them', () => {
    const broken = { values: raised.values, seen: {} };
    expect(valuesOf(join(broken, broken))).toEqual([500]);
  });
});

describe('a pair of concurrent values', () => {
  test('is reported by the join that brings them together, not by later ones', () => {
    expect(newlyConcurrent(raised, lowered)).toEqual([{ earlier: raised.values[0], later: lowered.values[0] }]);
    expect(newlyConcurrent(join(raised, lowered), lowered)).toEqual([]);
  });

  test('of which one replaced the other, or both are the same value, is none', () => {
    expect(newlyConcurrent(first, raised)).toEqual([]);
    expect(newlyConcurrent(raised, writeMultiValue(first, 500, at(3, 'us-east')))).toEqual([]);
  });
});

const register: Replicated<MultiValue<string> | undefined> = {
  empty: undefined,
  join: joinMultiValue,
  write: (known, { hlc }) => writeMultiValue(known, `written at ${hlc}`, { hlc }),
};

describe.each(['deltas', 'states'] as const)('over any history in three regions that heals by %s', (how) => {
  testLaw(
    'the values are those that nobody replaced knowingly, and each pair of them was reported, and no pair of others',
    fc.property(histories, (history) => {
      const reported = new Set<string>();
      const { regions, writes, heal } = play(register, history, ({ state: held }, { state: arrived }) => {
        if (held && arrived)
          for (const { earlier, later } of newlyConcurrent(held, arrived)) reported.add(`${earlier.hlc} ${later.hlc}`);
      });
      heal(how);
      const left = notReplaced(writes)
        .map(({ hlc }) => hlc)
        .sort();
      for (const { state } of regions) expectEqual(state?.values.map(({ hlc }) => hlc) ?? [], left);

      const before = new Map(writes.map((write) => [write.hlc, write.before]));
      for (const pair of reported) {
        const [earlier = '', later = ''] = pair.split(' ');
        if (before.get(later)?.has(earlier)) expect.fail(`${later} had seen ${earlier}`);
      }
      for (const earlier of left)
        for (const later of left)
          if (earlier < later && !reported.has(`${earlier} ${later}`)) expect.fail(`${earlier}, ${later}: in silence`);
    }),
  );
});
