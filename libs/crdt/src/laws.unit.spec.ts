import { formatHlc, parseHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe } from 'vitest';
import {
  type BoundedCounter,
  EMPTY_SET,
  type Fact,
  joinCounters,
  joinFact,
  joinFacts,
  joinMultiValue,
  joinPnCounters,
  joinRegister,
  joinRegisters,
  joinSets,
  type MultiValue,
  type PnCounter,
  type Register,
} from './index.ts';
import { testLawsOfJoin } from './laws.fixture.ts';

/**
 * Readings are few, so that ties between regions are common; a value is made of its reading: equal ones mean one write.
 * States are drawn from lists of all there are, where that is possible: it is exact, and what takes the time is the laws.
 */
const regions = ['us-east', 'eu-west', 'ap-southeast'];
const readingsOf = (region: string) =>
  [1, 2].flatMap((wallMs) => [0, 1].map((counter) => formatHlc({ wallMs, counter, region })));
const readings = regions.flatMap(readingsOf);

/** `__proto__` and `constructor` are region ids and field names that a stranger might send. */
const hostile = ['__proto__', 'constructor'];
const mapOf = <V>(value: fc.Arbitrary<V>, keys = ['name', 'price', ...hostile]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 4 })
    .map((entries): Record<string, V> => Object.fromEntries(entries));
/** Every map that has, for each key, one of the values of that key or nothing. */
const allMaps = <V>(valuesByKey: [string, V[]][]): Record<string, V>[] =>
  valuesByKey.reduce<Record<string, V>[]>(
    (maps, [key, values]) => maps.flatMap((map) => [map, ...values.map((value) => ({ ...map, [key]: value }))]),
    [{}],
  );

/** What was seen: for each region one of its readings or none. A register of an older version does not say. */
const allSeen = allMaps(regions.map((region) => [region, readingsOf(region)]));
const seen = fc.constantFrom(...allSeen);
const write = (hlc: string): Register<string> =>
  hlc.includes('-0001-') ? { value: `written at ${hlc}`, hlc, trace: `traced at ${hlc}` } : { value: 'plain', hlc };
const register = fc.constantFrom(
  ...readings.flatMap((hlc) => [write(hlc), ...allSeen.map((before) => ({ ...write(hlc), seen: before }))]),
);
const fact: fc.Arbitrary<Fact & { by: string }> = fc
  .constantFrom(...readings)
  .map((hlc) => ({ hlc, by: `told at ${hlc}` }));

const totals = fc.constantFrom(...allMaps([...regions, ...hostile].map((key) => [key, [1, 2, 3]])));
const handovers = fc.constantFrom(
  ...allMaps(['us-east>eu-west', 'eu-west>us-east', '__proto__>constructor'].map((key) => [key, [1, 2, 3]])),
);
const pnCounter = fc.tuple(totals, totals).map(([up, down]): PnCounter => ({ up, down }));
const boundedCounter = fc
  .tuple(totals, handovers, totals, totals)
  .map(([granted, moved, spent, refunded]): BoundedCounter => ({ granted, moved, spent, refunded }));

/** Of each region one value or none, and whatever is held has been seen. */
const multiValueOfType = <V>(valueAt: (hlc: string) => V) =>
  allSeen.flatMap((held) =>
    allSeen.map((before): MultiValue<V> => {
      const hlcs = Object.values(held).sort();
      const latest = [...Object.values(before), ...hlcs].sort().map((hlc) => [parseHlc(hlc).region, hlc]);
      return { values: hlcs.map((hlc) => ({ value: valueAt(hlc), hlc })), seen: Object.fromEntries(latest) };
    }),
  );
const multiValue = fc.constantFrom(...multiValueOfType((hlc) => `written at ${hlc}`));
const element = fc.constantFrom(...multiValueOfType((hlc) => hlc.includes('-0001-')));
/** Joined with nothing, a set is in the one form in which it is kept. */
const orSet = fc
  .tuple(mapOf(element, ['hot', '__proto__']), seen)
  .map(([elements, collected]) => joinSets({ elements, collected }, EMPTY_SET));

describe('the join of a register', () => testLawsOfJoin(fc.option(register, { nil: undefined }), joinRegister));
describe('the join of a map of registers', () => testLawsOfJoin(mapOf(register), joinRegisters));
describe('the join of a fact', () => testLawsOfJoin(fc.option(fact, { nil: undefined }), joinFact));
describe('the join of a map of facts', () => testLawsOfJoin(mapOf(fact), joinFacts));
describe('the join of a bounded counter', () => testLawsOfJoin(boundedCounter, joinCounters));
describe('the join of a counter', () => testLawsOfJoin(pnCounter, joinPnCounters));
describe('the join of a multi-value register', () =>
  testLawsOfJoin(fc.option(multiValue, { nil: undefined }), joinMultiValue));
describe('the join of a set', () => testLawsOfJoin(orSet, joinSets));
