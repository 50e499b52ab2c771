import { createHlcClock, formatHlc, type Hlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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

/**
 * A history of one field in three regions, whose clocks differ. Every write, and on some steps a region's whole state, is
 * a message for ever; a delivery picks any of them for any region. What happened before what is kept by the test itself,
 * as sets of writes: `known` in each region, and in each message. It reads no `seen`.
 */
const kinds = ['write', 'write', 'tellAll', 'deliver', 'deliver', 'deliver'] as const;
const step = fc.tuple(fc.constantFrom(...kinds), fc.nat(2), fc.nat(1_000));
const history = fc.tuple(
  fc.tuple(fc.nat(400), fc.nat(400), fc.nat(400)),
  fc.array(step, { maxLength: 30, size: 'max' }),
  fc.boolean(),
);

interface Message {
  register: Register<string>;
  known: Set<Hlc>;
}

function play([skewsMs, steps, healByStates]: typeof history extends fc.Arbitrary<infer H> ? H : never) {
  const regions = ['us-east', 'eu-west', 'ap-southeast'].map((region, i) => ({
    clock: createHlcClock({ region, wallClockMs: () => 1_000_000 + (skewsMs[i] ?? 0) }),
    register: undefined as Register<string> | undefined,
    known: new Set<Hlc>(),
  }));
  const before = new Map<Hlc, Set<Hlc>>();
  const messages: Message[] = [];
  const reported: Overridden[] = [];

  const deliver = (here: (typeof regions)[number], { register, known }: Message) => {
    here.clock.receive(register.hlc);
    const found = overriddenRegisters({ name: here.register }, { name: register });
    const held = here.register?.hlc;
    const unseenByEither =
      held !== undefined && held !== register.hlc && !here.known.has(register.hlc) && !known.has(held);
    expectEqual(found.length, unseenByEither ? 1 : 0);
    reported.push(...found);
    here.register = joinRegister(here.register, register);
    here.known = new Set([...here.known, ...known]);
  };

  for (const [kind, at, pick] of steps) {
    const here = regions[at];
    if (!here) continue;
    if (kind === 'write') {
      const hlc = here.clock.now();
      before.set(hlc, here.known);
      here.register = writeRegister(here.register, `written at ${hlc}`, { hlc });
      here.known = new Set([...here.known, hlc]);
      messages.push({ register: here.register, known: here.known });
    }
    if (kind === 'tellAll' && here.register) messages.push({ register: here.register, known: here.known });
    const message = messages[pick % messages.length];
    if (kind === 'deliver' && message) deliver(here, message);
  }
  // Everything arrives at last, as deltas or as states of regions.
  const rest = healByStates
    ? regions.flatMap(({ register, known }) => (register ? [{ register, known }] : []))
    : [...messages];
  for (const here of regions) for (const message of rest) deliver(here, message);
  return { regions, before, reported };
}

describe('over any history in three regions', () => {
  testLaw(
    'no entry where one author had seen the other write, and one for every write that nobody replaced knowingly',
    fc.property(history, (h) => {
      const { regions, before, reported } = play(h);
      for (const { lost, won } of reported) {
        if (before.get(won.hlc)?.has(lost.hlc)) expect.fail(`${won.hlc} was written by one who had seen ${lost.hlc}`);
        if (before.get(lost.hlc)?.has(won.hlc)) expect.fail(`${lost.hlc} was written by one who had seen ${won.hlc}`);
      }
      const replaced = new Set([...before.values()].flatMap((seen) => [...seen]));
      const lost = new Set(reported.map((entry) => entry.lost.hlc));
      const kept = regions[0]?.register?.hlc;
      for (const hlc of before.keys())
        if (hlc !== kept && !replaced.has(hlc) && !lost.has(hlc)) expect.fail(`${hlc} was lost in silence`);
    }),
  );

  testLaw(
    'all regions end with one register, what it has seen included',
    fc.property(history, (h) => {
      const [first, ...others] = play(h).regions;
      for (const other of others) expectEqual(other.register, first?.register);
    }),
  );
});
