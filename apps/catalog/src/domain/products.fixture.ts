import { formatHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { type Command, decide } from './decide.ts';
import { handOver, type Stamp, takeUnits } from './escrow.ts';
import { join, type Money, NOTHING, type ProductState } from './product-state.ts';

export const REGIONS = ['ap-southeast', 'eu-west', 'us-east'] as const;
export const eur = (amountMinor: number): Money => ({ amountMinor, currency: 'EUR' });
export const at = (wallMs: number, region = 'eu-west'): Stamp => ({
  hlc: formatHlc({ wallMs, counter: 0, region }),
  region,
});

/** The delta of a command that must not be refused. */
export function deltaOf(state: ProductState, command: Command, stamp: Stamp): ProductState {
  const decision = decide(command, state, stamp);
  if (!decision.ok) throw new Error(decision.reason);
  return decision.delta;
}
export const after = (state: ProductState, command: Command, stamp: Stamp) =>
  join(state, deltaOf(state, command, stamp));

export const createTea = (stock: Record<string, number> = {}): Command => {
  return { type: 'CreateProduct', name: 'Tea', price: eur(450), tags: ['hot'], stock };
};
export const teaWith = (stock: Record<string, number>): ProductState => after(NOTHING, createTea(stock), at(1));

/** A register as a region of the first version writes it. */
export const v1 = <T>(value: T, wallMs: number, region: string) => ({ value, hlc: at(wallMs, region).hlc });

type Act = (state: ProductState, stamp: Stamp) => ProductState | undefined;
const unless =
  (command: Command): Act =>
  (state, stamp) => {
    const decision = decide(command, state, stamp);
    return decision.ok ? decision.delta : undefined;
  };
const tag = fc.constantFrom('hot', 'green', 'loose');
const units = fc.integer({ min: 1, max: 4 });

/** What a region can do to a product; nothing when it cannot. The first version writes registers, and whole lists. */
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.dictionary(fc.constantFrom(...REGIONS), units).map((stock) => unless(createTea(stock))),
  units.map((n) => unless({ type: 'ChangeProduct', price: eur(n) })),
  fc.uniqueArray(tag).map((tags) => unless({ type: 'ChangeProduct', tags })),
  fc.constant(unless({ type: 'ChangeProduct', name: 'Green tea' })),
  units.map((n) => unless({ type: 'Restock', units: n })),
  fc.boolean().map((liked) => unless({ type: 'LikeProduct', liked })),
  units.map(
    (n): Act =>
      (state, stamp) =>
        takeUnits(state, n, stamp),
  ),
  fc.tuple(units, fc.constantFrom(...REGIONS)).map(
    ([n, to]): Act =>
      (state, stamp) =>
        to === stamp.region ? undefined : handOver(state, to, n, stamp),
  ),
  units.map(
    (n): Act =>
      (_, { hlc }) => ({ fields: { price: { value: eur(n), hlc } }, stock: {} }),
  ),
  fc.uniqueArray(tag).map(
    (tags): Act =>
      (_, { hlc }) => ({ fields: { tags: { value: tags, hlc } }, stock: {} }),
  ),
);

const step = fc.oneof(
  fc.record({ in: fc.constantFrom(...REGIONS), act }),
  fc.record({ in: fc.constantFrom(...REGIONS), hears: fc.nat(30) }),
);

/** Regions that each do things and hear of some that others did, in any order. */
export const history = fc.array(step, { maxLength: 25 });

type Step = typeof history extends fc.Arbitrary<infer S> ? (S extends (infer One)[] ? One : never) : never;

export interface Played {
  regions: Record<string, ProductState>;
  deltas: ProductState[];
}

/** `afterEach` sees the state of the region that did or heard something. */
export function play(steps: Step[], afterEach?: (region: string, state: ProductState) => void): Played {
  const regions: Record<string, ProductState> = Object.fromEntries(REGIONS.map((region) => [region, NOTHING]));
  const deltas: ProductState[] = [];
  for (const [i, one] of steps.entries()) {
    const state = regions[one.in] ?? NOTHING;
    const told = 'act' in one ? one.act(state, at(i + 1, one.in)) : deltas[one.hears % Math.max(1, deltas.length)];
    if (told === undefined) continue;
    if ('act' in one) deltas.push(told);
    regions[one.in] = join(state, told);
    afterEach?.(one.in, join(state, told));
  }
  return { regions, deltas };
}
