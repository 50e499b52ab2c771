import { EMPTY_SET, joinSets, type MultiValue, type OrSet, type Register } from '@meridian/crdt';
import { compareHlc, type Hlc, parseHlc } from '@meridian/hlc';
import type { Money, ProductState } from './product-state.ts';

/**
 * Regions are upgraded one after the other, and until the last one is, products are written in two versions. The first
 * one knows price and tags as last-writer-wins registers in `fields`, and still reads them there; so what is written now
 * repeats itself there, and a register that `price` or `tags` does not know of is a write of the first version.
 *
 * Such a write goes on meaning what it meant to its author: it replaces all that is earlier than it. What is later stands
 * beside it, as its author cannot say whether it was seen. The next write of this version takes it over for good.
 *
 * Limit: of prices or tags that this version wrote at the same time, a region of the first one keeps the latest alone; it
 * gets the others when it is upgraded and repaired.
 */
export function withFirstVersionWrites({ fields, price, tags }: ProductState): {
  price: MultiValue<Money> | undefined;
  tags: OrSet | undefined;
} {
  return { price: priceWith(price, fields.price), tags: tagsWith(tags, fields.tags) };
}

function priceWith(known: MultiValue<Money> | undefined, written: Register<Money> | undefined) {
  const { values, seen } = known ?? { values: [], seen: {} };
  if (!written || isKnown(seen, written.hlc)) return known;
  const { value, hlc } = written;
  const later = values.filter((version) => compareHlc(version.hlc, hlc) > 0);
  return { values: [{ value, hlc }, ...later], seen: { ...seen, ...ofAuthor(hlc) } };
}

function tagsWith(known: OrSet | undefined, written: Register<string[]> | undefined) {
  const { elements, collected } = known ?? EMPTY_SET;
  if (!written || isKnown(collected, written.hlc)) return known;
  const { value, hlc } = written;
  const later = Object.entries(elements).map(([tag, { values, seen }]): [string, MultiValue<boolean>] => {
    return [tag, { values: values.filter((version) => compareHlc(version.hlc, hlc) > 0), seen }];
  });
  const added = value.map((tag) => [tag, { values: [{ value: true, hlc }], seen: ofAuthor(hlc) }]);
  return joinSets(
    { elements: Object.fromEntries(later), collected },
    { elements: Object.fromEntries(added), collected: ofAuthor(hlc) },
  );
}

function isKnown(seen: Record<string, Hlc>, hlc: Hlc): boolean {
  const { region } = parseHlc(hlc);
  const latest = Object.hasOwn(seen, region) ? seen[region] : undefined;
  return latest !== undefined && compareHlc(hlc, latest) <= 0;
}

const ofAuthor = (hlc: Hlc) => ({ [parseHlc(hlc).region]: hlc });
