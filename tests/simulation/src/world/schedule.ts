import { type Randomness, randomnessOf } from '../kernel/randomness.ts';
import type { ServiceName } from '../observation.ts';
import { REGIONS } from './network.ts';

/**
 * A schedule is a list of decisions: what clients do, and what breaks, each at its time. Everything else that is left to
 * chance (delays, slow transactions, lost answers) follows from the seed while it runs. So a schedule can be made smaller
 * by leaving decisions out.
 */
export type Decision = { atMs: number } & (Action | Fault);

export type Action = { session: string; region: string } & Doing;
export type Doing =
  | { do: 'register'; user: string }
  | { do: 'change-profile'; user: string; field: 'name' | 'country' }
  | { do: 'create-product'; sku: string; units: Record<string, number> }
  | { do: 'restock'; sku: string; units: number }
  | { do: 'reprice'; sku: string; amountMinor: number }
  | { do: 'place'; order: string; sku: string; quantity: number }
  | { do: 'pay' | 'cancel'; order: string }
  | { do: 'read'; service: 'user' | 'order' | 'catalog'; key: string };

/** `forMs`: when it ends by itself. Whatever still lasts at the end of the schedule is healed then. */
export type Fault = { forMs: number } & (
  | { fault: 'cut'; from: string; to: string }
  | { fault: 'isolate'; region: string }
  | { fault: 'flap'; from: string; to: string }
  | { fault: 'slow-link'; from: string; to: string; extraMs: number }
  | { fault: 'loss'; probability: number }
  | { fault: 'clock'; region: string; skewMs: number }
  | { fault: 'crash-service'; region: string; service: 'user' | 'catalog' | 'order' }
  | { fault: 'crash-database'; region: string }
  | { fault: 'crash-replicator'; region: string }
  | { fault: 'crash-region'; region: string }
  | { fault: 'broker-away'; region: string }
  | { fault: 'broker-refuses'; region: string }
  | { fault: 'lost-answers'; region: string }
  | { fault: 'hold-horizon'; region: string }
);

export const LASTS_MS = 5_000;
const SESSIONS = ['ada', 'ben', 'cyd', 'dov'];
const USERS = ['u1', 'u2', 'u3'];
const FIELDS = ['name', 'country'] as const;
const SKUS = ['lamp', 'rug'];

export function drawSchedule(seed: number): Decision[] {
  const random = randomnessOf(seed, 'schedule');
  const faults = drawFaults(random);
  const actions = drawActions(random);
  return [...actions, ...faults].sort((a, b) => a.atMs - b.atMs);
}

/** Not everything in every run, as for faults. */
function drawActions(random: Randomness): Decision[] {
  const who = (atMs: number) => ({ atMs, session: random.oneOf(SESSIONS), region: random.oneOf(REGIONS) });
  const soon = () => who(random.between(0, 400));
  const some = (count: number, draw: () => Doing): Decision[] =>
    Array.from({ length: count }, () => ({ ...who(random.between(0, LASTS_MS)), ...draw() }));
  const decisions: Decision[] = [];
  if (random.chance(0.5)) {
    const user = () => random.oneOf(USERS);
    for (const one of USERS) decisions.push({ ...soon(), do: 'register', user: one });
    decisions.push(
      ...some(random.between(5, 40), () => ({ do: 'read', service: 'user', key: user() })),
      ...some(random.between(5, 30), () => ({ do: 'change-profile', user: user(), field: random.oneOf(FIELDS) })),
    );
  }
  if (decisions.length === 0 || random.chance(0.7)) {
    const sku = () => random.oneOf(SKUS);
    const units = () => Object.fromEntries(REGIONS.map((region) => [region, random.between(0, 4)]));
    for (const one of SKUS)
      for (let times = random.chance(0.1) ? 2 : 1; times > 0; times -= 1)
        decisions.push({ ...soon(), do: 'create-product', sku: one, units: units() });
    const orders = Array.from({ length: random.between(3, 20) }, (_, i) => `o${i + 1}`);
    for (const order of orders) decisions.push(...drawOrder(order, sku(), random));
    decisions.push(
      ...some(random.between(0, 5), () => ({ do: 'restock', sku: sku(), units: random.between(1, 5) })),
      // To and fro between few prices: an order can be placed at one, at another, and at the first again.
      ...some(random.chance(0.5) ? random.between(10, 60) : 0, () => ({
        ...{ do: 'reprice', sku: sku(), amountMinor: random.between(100, 102) },
      })),
      ...some(random.between(0, 20), () => ({ do: 'read', service: 'order', key: random.oneOf(orders) })),
      ...some(random.between(0, 20), () => ({ do: 'read', service: 'catalog', key: sku() })),
    );
  }
  return decisions;
}

/** Placed, perhaps more than once under one key and in other regions, perhaps paid, perhaps cancelled, by whoever wherever. */
function drawOrder(order: string, sku: string, random: Randomness): Decision[] {
  const firstMs = random.between(300, LASTS_MS);
  const who = (afterMs: number) => ({
    atMs: Math.min(LASTS_MS, firstMs + random.between(0, afterMs)),
    session: random.oneOf(SESSIONS),
    region: random.oneOf(REGIONS),
  });
  const quantity = random.between(1, 3);
  const times = (probability: number) => (random.chance(probability) ? random.between(1, 2) : 0);
  const place = { do: 'place' as const, order, sku, quantity };
  const isEverywhere = random.chance(0.15);
  const placings = isEverywhere
    ? REGIONS.map((region, i) => ({ ...who(100), session: SESSIONS[i] as string, region, ...place }))
    : Array.from({ length: 1 + times(0.4) }, () => ({ ...who(400), ...place }));
  return [
    ...placings,
    ...Array.from({ length: times(0.6) }, () => ({ ...who(1_500), do: 'pay' as const, order })),
    // Where it was placed, before the regions have heard of each other.
    ...placings
      .filter(() => isEverywhere && random.chance(0.8))
      .map(({ atMs, session, region }) => ({ atMs: atMs + 1, session, region, do: 'pay' as const, order })),
    ...Array.from({ length: times(0.4) }, () => ({ ...who(1_500), do: 'cancel' as const, order })),
  ];
}

type Kind = Fault['fault'];
const KINDS: Kind[] = [
  ...(['cut', 'isolate', 'flap', 'slow-link', 'loss', 'clock', 'crash-service', 'crash-database'] as const),
  ...(['crash-replicator', 'crash-region', 'broker-away', 'broker-refuses', 'lost-answers', 'hold-horizon'] as const),
];

/** Not every kind in every run: some only show when others do not get in their way (swarm testing). */
function drawFaults(random: Randomness): Decision[] {
  const kinds = KINDS.filter(() => random.chance(0.5));
  if (kinds.length === 0) return [];
  const count = random.between(0, 14);
  return Array.from({ length: count }, () => {
    const atMs = random.between(0, LASTS_MS);
    const forMs = random.chance(0.3) ? random.between(1_500, 5_000) : random.between(20, 1_500);
    return { atMs, forMs, ...drawFault(random.oneOf(kinds), random) };
  });
}

/** The services that a schedule needs: the others are not started, which spares their heartbeats. */
export function servicesIn(schedule: readonly Decision[]): Set<ServiceName> {
  const needed = new Set<ServiceName>();
  for (const decision of schedule) {
    if (!('do' in decision)) continue;
    if (decision.do === 'register' || decision.do === 'change-profile') needed.add('user');
    else if (decision.do === 'read') needed.add(decision.service);
    else needed.add('catalog').add('order');
  }
  return needed;
}

function drawFault(fault: Kind, random: Randomness): DistributiveOmit<Fault, 'forMs'> {
  const region = random.oneOf(REGIONS);
  const to = random.oneOf(REGIONS.filter((other) => other !== region));
  switch (fault) {
    case 'cut':
    case 'flap':
      return { fault, from: region, to };
    case 'slow-link':
      return { fault, from: region, to, extraMs: random.between(50, 800) };
    case 'loss':
      return { fault, probability: random.next() / 3 };
    case 'clock':
      // Mostly within what a bad time daemon does, now and then the year is wrong.
      return { fault, region, skewMs: random.chance(0.2) ? 31_536_000_000 : random.between(-10_000, 10_000) };
    case 'crash-service':
      return { fault, region, service: random.oneOf(['user', 'catalog', 'order'] as const) };
    default:
      return { fault, region };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
