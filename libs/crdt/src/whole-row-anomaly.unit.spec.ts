import { formatHlc, type Hlc } from '@meridian/hlc';
import { expect, test } from 'vitest';
import {
  addToSet,
  EMPTY_SET,
  elementsOf,
  joinMultiValue,
  joinRegister,
  joinSets,
  type MultiValue,
  type OrSet,
  type Register,
  removeFromSet,
  writeMultiValue,
  writeRegister,
} from './index.ts';

/**
 * The schedule of docs/explanation/joins.md: in three regions that cannot hear each other one product is edited five times.
 * Then they meet.
 */
interface Product {
  name: string;
  price: number;
  tags: readonly string[];
}
type Edit = { region: string; name?: string; price?: number; tag?: string; untag?: string };

const BEFORE: Product = { name: 'Tea', price: 500, tags: ['hot', 'new'] };
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const EDITS: Edit[] = [
  { region: 'us-east', name: 'Green tea' },
  { region: 'us-east', price: 450 },
  { region: 'eu-west', price: 520 },
  { region: 'eu-west', tag: 'vegan' },
  { region: 'ap-southeast', untag: 'new' },
];
const at = (i: number, region = 'eu-west'): Hlc => formatHlc({ wallMs: 1_793_000_000_000 + i, counter: 0, region });

test('a row of which the last version wins keeps one of five edits', () => {
  const row = writeRegister(undefined, BEFORE, { hlc: at(0) });
  const met = REGIONS.map((region) =>
    EDITS.reduce((known, { region: where, name, price, tag, untag }, i) => {
      if (where !== region) return known;
      const tags = known.value.tags.filter((one) => one !== untag).concat(tag ?? []);
      const edited = { name: name ?? known.value.name, price: price ?? known.value.price, tags };
      return writeRegister(known, edited, { hlc: at(i + 1, region) });
    }, row),
  ).reduce((a, b) => joinRegister(a, b) as Register<Product>);
  expect(met.value).toEqual({ name: 'Tea', price: 500, tags: ['hot'] });
});

test('a type for each field keeps all five, and shows that two prices were set', () => {
  const start = {
    name: writeRegister(undefined, BEFORE.name, { hlc: at(0) }),
    price: writeMultiValue<number>(undefined, BEFORE.price, { hlc: at(0) }),
    tags: BEFORE.tags.reduce<OrSet>((set, tag) => joinSets(set, addToSet(set, tag, { hlc: at(0) })), EMPTY_SET),
  };
  const met = REGIONS.map((region) =>
    EDITS.reduce((known, { region: where, name, price, tag, untag }, i) => {
      if (where !== region) return known;
      const stamp = { hlc: at(i + 1, region) };
      const added = tag === undefined ? EMPTY_SET : addToSet(known.tags, tag, stamp);
      const removed = untag === undefined ? EMPTY_SET : removeFromSet(known.tags, untag, stamp);
      return {
        name: name === undefined ? known.name : writeRegister(known.name, name, stamp),
        price: price === undefined ? known.price : writeMultiValue(known.price, price, stamp),
        tags: [added, removed].reduce(joinSets, known.tags),
      };
    }, start),
  ).reduce((a, b) => ({
    name: joinRegister(a.name, b.name) as Register<string>,
    price: joinMultiValue(a.price, b.price) as MultiValue<number>,
    tags: joinSets(a.tags, b.tags),
  }));
  expect(met.name.value).toBe('Green tea');
  expect(met.price.values.map(({ value }) => value)).toEqual([450, 520]);
  expect(elementsOf(met.tags)).toEqual(['hot', 'vegan']);
});
