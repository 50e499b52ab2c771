import { formatHlc } from '@meridian/hlc';
import { expect, test } from 'vitest';
import { type Fact, joinFact, joinFacts, joinRegister, joinRegisters, type Register } from './index.ts';

const at = (wallMs: number, region = 'eu-west') => formatHlc({ wallMs, counter: 0, region });
const written = <T>(value: T, wallMs: number, region?: string): Register<T> => ({ value, hlc: at(wallMs, region) });

test('the later write of a field wins', () => {
  expect(joinRegister(written('old', 1), written('new', 2))?.value).toBe('new');
});

test('two writes of the same instant are decided by the region, in every region alike', () => {
  const [virginia, ireland] = [written('v', 1, 'us-east'), written('i', 1, 'eu-west')];
  expect(joinRegister(virginia, ireland)).toMatchObject(virginia);
  expect(joinRegister(ireland, virginia)).toMatchObject(virginia);
});

test('writes to different fields both stay', () => {
  type Profile = { name?: Register<string>; country?: Register<string> };
  const here: Profile = { name: written('Ada', 5), country: written('GB', 1) };
  const delta: Profile = { country: written('IE', 3) };
  expect(joinRegisters(here, delta)).toMatchObject({ name: written('Ada', 5), country: written('IE', 3) });
});

test('a field that a delta names as undefined stays', () => {
  expect(joinRegisters({ name: written('Ada', 1) }, { name: undefined })).toEqual({ name: written('Ada', 1) });
});

test('of two tellings of one fact the earlier one holds', () => {
  const [first, retry] = [
    { hlc: at(1), by: 'ap-southeast' },
    { hlc: at(2), by: 'us-east' },
  ];
  expect(joinFact(retry, first)).toBe(first);
});

test('paid and cancelled are both kept: neither is dropped for the other', () => {
  type OrderFacts = { placed?: Fact; paid?: Fact; cancelled?: Fact };
  const paidHere: OrderFacts = { placed: { hlc: at(1) }, paid: { hlc: at(3) } };
  const cancelledThere: OrderFacts = { placed: { hlc: at(1) }, cancelled: { hlc: at(2) } };
  expect(Object.keys(joinFacts(paidHere, cancelledThere)).sort()).toEqual(['cancelled', 'paid', 'placed']);
});
