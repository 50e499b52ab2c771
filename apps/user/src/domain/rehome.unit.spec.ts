import { sawWrite } from '@meridian/crdt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { decidingRegionOf, join, knownHlc, type UserState, userOf } from './user.ts';

const REGIONS = ['ap-southeast', 'eu-west', 'us-east'];
const ID = '7b9e2f0c-54a1-4c0e-9d55-0f8f6f3c2a41';

/** What a move tells, of the whole decision: a mutant may tell less. */
type Tells = (delta: UserState) => UserState;
const ALL: Tells = (delta) => delta;

/** Three regions, what each knows, and the events, which arrive in any order, several times, or never. */
class Regions {
  readonly #known = new Map<string, UserState>(REGIONS.map((region) => [region, {}]));
  readonly #told: UserState[] = [];
  /** Of each strong write that was taken: which one it is. */
  readonly #strong: { field: 'name' | 'country'; hlc: string }[] = [];
  /** Of each region: behind the others, but never behind what it writes on, as a hybrid clock is. */
  readonly #clocks = new Map<string, number>(REGIONS.map((region) => [region, 0]));

  constructor(
    registeredIn: string,
    private readonly tells: Tells,
  ) {
    this.#take(registeredIn, { type: 'RegisterUser', email: 'ada@example.com', name: 'Ada', country: 'GB' });
  }

  /** A write that is not strong is taken anywhere. */
  write(at: string, field: 'name' | 'country', isStrong: boolean): void {
    if (isStrong && !this.#isHome(at)) return;
    const hlc = this.#take(at, { type: 'ChangeProfile', [field]: 'IE' });
    if (isStrong && hlc) this.#strong.push({ field, hlc });
  }

  move(at: string, to: string): void {
    if (this.#isHome(at)) this.#take(at, { type: 'RehomeUser', to });
  }

  deliver(event: number, to: string): void {
    const told = this.#told[event % this.#told.length];
    if (told) this.#known.set(to, join(this.#of(to), told));
  }

  deliverAll(): void {
    for (const to of REGIONS) for (const i of this.#told.keys()) this.deliver(i, to);
  }

  /** Those that take themselves for the home. */
  homes(): string[] {
    return REGIONS.filter((region) => this.#isHome(region));
  }

  /** Strong writes that a region has neither got nor seen replaced. */
  lacking(region: string): unknown[] {
    const state = this.#of(region);
    return this.#strong.filter(({ field, hlc }) => {
      const held = state[field];
      return held === undefined || (held.hlc < hlc && !sawWrite(held, hlc));
    });
  }

  states(): UserState[] {
    return REGIONS.map((region) => this.#of(region));
  }

  #of(region: string): UserState {
    return this.#known.get(region) ?? {};
  }

  #isHome(region: string): boolean {
    return decidingRegionOf(ID, this.#of(region), REGIONS) === region;
  }

  #take(region: string, command: Parameters<typeof decide>[0]): string | undefined {
    const seen = Number((knownHlc(this.#of(region)) ?? '0').slice(0, 15));
    const now = Math.max(this.#clocks.get(region) ?? 0, seen) + 1;
    this.#clocks.set(region, now);
    const hlc = `${String(now).padStart(15, '0')}-0000-${region}`;
    const decision = decide(command, this.#of(region), { hlc, at: '2026-11-24T12:00:00.000Z', region });
    if (!decision.ok) return undefined;
    this.#known.set(region, join(this.#of(region), decision.delta));
    this.#told.push(command.type === 'RehomeUser' ? this.tells(decision.delta) : decision.delta);
    return hlc;
  }
}

const region = fc.constantFrom(...REGIONS);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    at: region,
    field: fc.constantFrom('name' as const, 'country' as const),
    isStrong: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('move' as const), at: region, to: region }),
  fc.record({ kind: fc.constant('deliver' as const), event: fc.nat(40), to: region }),
);
type Step = typeof step extends fc.Arbitrary<infer V> ? V : never;

function take(world: Regions, one: Step): void {
  if (one.kind === 'write') world.write(one.at, one.field, one.isStrong);
  else if (one.kind === 'move') world.move(one.at, one.to);
  else world.deliver(one.event, one.to);
}

const schedules = (tells: Tells) =>
  fc.property(region, fc.array(step, { minLength: 5, maxLength: 60 }), (registeredIn, steps) => {
    const world = new Regions(registeredIn, tells);
    for (const one of steps) {
      take(world, one);
      const homes = world.homes();
      expect(homes.length, 'regions that take themselves for the home').toBeLessThanOrEqual(1);
      for (const home of homes) expect(world.lacking(home)).toEqual([]);
    }
    world.deliverAll();
    const [first, ...others] = world.states();
    for (const state of others) expect(state).toEqual(first);
    expect(world.homes()).toHaveLength(1);
  });

describe('a home that moves, under events that come in any order, twice or not at all', () => {
  it('is never in two regions, and has every strong write that was taken before', () =>
    fc.assert(schedules(ALL), { numRuns: 5_000 }));
  it('would lack some, if a move told of itself alone', () => {
    const { failed } = fc.check(
      schedules(({ home }) => ({ ...(home && { home }) })),
      { numRuns: 5_000 },
    );
    expect(failed).toBe(true);
  });
});

describe('where a user is at home', () => {
  const at = (n: number, of = 'eu-west') => `00000000000000${n}-0000-${of}`;
  const set = <T>(value: T, n = 1) => ({ value, hlc: at(n), seen: {} });
  const ada: UserState = {
    ...{ email: set('ada@example.com'), name: set('Ada'), country: set('GB') },
    ...{ registeredIn: set('eu-west'), registeredAt: set('2026-11-24T11:00:00.000Z') },
  };
  const moved = (to: string) => {
    const decision = decide({ type: 'RehomeUser', to }, ada, { hlc: at(2), at: '', region: 'eu-west' });
    return decision.ok ? join(ada, decision.delta) : decision.reason;
  };

  it('is where they were registered, until they move', () => {
    expect(userOf(ada)).toMatchObject({ homeRegion: 'eu-west' });
    expect(userOf(moved('us-east') as UserState)).toMatchObject({ homeRegion: 'us-east', registeredIn: 'eu-west' });
  });
  it('is not moved to where it is', () => expect(moved('eu-west')).toBe('AtHomeThere'));
  it('is not moved of somebody who is not known', () =>
    expect(decide({ type: 'RehomeUser', to: 'us-east' }, {}, { hlc: at(1), at: '', region: 'eu-west' })).toEqual({
      ok: false,
      reason: 'UnknownUser',
    }));
  it('is decided for by another region while that one takes no writes, and by the same in every region', () => {
    const others = ['ap-southeast', 'us-east'];
    expect(others).toContain(decidingRegionOf(ID, ada, others));
    expect(decidingRegionOf(ID, ada, others.toReversed())).toBe(decidingRegionOf(ID, ada, others));
    expect(decidingRegionOf(ID, ada, [])).toBeUndefined();
    expect(decidingRegionOf(ID, {}, REGIONS)).toBeUndefined();
  });
  it('is the same everywhere when it was moved twice by regions that did not hear of each other: the later move holds', () => {
    const [eu, us] = (['eu-west', 'us-east'] as const).map((by, i) => {
      const decision = decide(
        { type: 'RehomeUser', to: REGIONS[i] ?? '' },
        { ...ada, home: set('us-west') },
        {
          ...{ hlc: at(3 + i, by), at: '', region: by },
        },
      );
      return decision.ok ? decision.delta : {};
    }) as [UserState, UserState];
    expect(join(eu, us)).toEqual(join(us, eu));
    expect(userOf(join(eu, us))).toMatchObject({ homeRegion: 'eu-west' });
  });
});
