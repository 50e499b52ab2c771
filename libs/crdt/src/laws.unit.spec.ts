import { formatHlc, parseHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe } from 'vitest';
import {
  type BoundedCounter,
  type Fact,
  joinCounters,
  joinFact,
  joinFacts,
  joinRegister,
  joinRegisters,
  type Register,
} from './index.ts';
import { expectEqual, testLaw, testLawsOfJoin } from './laws.fixture.ts';

/** Readings are few, so that ties between regions are common; a value is made of its reading: equal ones mean one write. */
const regions = ['us-east', 'eu-west', 'ap-southeast'];
const readings = regions.flatMap((region) =>
  [1, 2, 3].flatMap((wallMs) => [0, 1].map((counter) => formatHlc({ wallMs, counter, region }))),
);
const hlc = fc.constantFrom(...readings);
/** Any subset of the readings, as a register says what was seen; none at all, as one of an older version does. */
const seen = fc
  .array(hlc, { maxLength: 3 })
  .map((all) => Object.fromEntries(all.sort().map((at) => [parseHlc(at).region, at])));
const register = fc.tuple(hlc, fc.option(seen, { nil: undefined })).map(
  ([at, before]): Register<string> => ({
    value: `written at ${at}`,
    hlc: at,
    ...(before && { seen: before }),
    ...(at.includes('-0001-') && { trace: `traced at ${at}` }),
  }),
);
const fact: fc.Arbitrary<Fact & { by: string }> = hlc.map((at) => ({ hlc: at, by: `told at ${at}` }));

/** `__proto__` and `constructor` are region ids and field names that a stranger might send. */
const hostile = ['__proto__', 'constructor'];
const mapOf = <V>(value: fc.Arbitrary<V>, keys: string[] = ['name', 'price', 'tags', ...hostile]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 5 })
    .map((entries): Record<string, V> => Object.fromEntries(entries));

const totals = mapOf(fc.nat(3), [...regions, ...hostile]);
const handovers = mapOf(fc.nat(3), ['us-east>eu-west', 'eu-west>us-east', '__proto__>constructor']);
const boundedCounter = fc
  .tuple(totals, handovers, totals, totals)
  .map(([granted, moved, spent, refunded]): BoundedCounter => ({ granted, moved, spent, refunded }));

describe('the join of a register', () => testLawsOfJoin(fc.option(register, { nil: undefined }), joinRegister));
describe('the join of a map of registers', () => testLawsOfJoin(mapOf(register), joinRegisters));
describe('the join of a fact', () => testLawsOfJoin(fc.option(fact, { nil: undefined }), joinFact));
describe('the join of a map of facts', () => testLawsOfJoin(mapOf(fact), joinFacts));
describe('the join of a bounded counter', () => testLawsOfJoin(boundedCounter, joinCounters));

describe('deltas', () => {
  testLaw(
    'joining the changed registers alone gives what joining the whole state gives',
    fc.property(mapOf(register), mapOf(register), mapOf(register), (here, there, change) => {
      const thereAfter = joinRegisters(there, change);
      expectEqual(joinRegisters(joinRegisters(here, there), change), joinRegisters(here, thereAfter));
    }),
  );
  testLaw(
    'joining the new facts alone gives what joining the whole state gives',
    fc.property(mapOf(fact), mapOf(fact), mapOf(fact), (here, there, news) => {
      const thereAfter = joinFacts(there, news);
      expectEqual(joinFacts(joinFacts(here, there), news), joinFacts(here, thereAfter));
    }),
  );
});
