import { type Randomness, randomnessOf } from '../kernel/randomness.ts';

/** What is tried, and what goes wrong meanwhile; all of it from the seed. */
export interface EpochSchedule {
  regions: readonly string[];
  /** Somebody wants the next epoch, as far as is known in their region by then. */
  proposals: readonly { region: string; atMs: number }[];
  /** Probabilities by message. */
  loss: number;
  duplication: number;
  /** Of a message, one way; `lateMs` at most on top of it, with the probability `lateness`. */
  delayMs: number;
  lateMs: number;
  lateness: number;
  faults: readonly EpochFault[];
  /** When everything is whole again; nothing is lost or cut after that. */
  healedMs: number;
}

export type EpochFault =
  /** Of a region's database, which is its acceptor; `whole`: and of those who propose there. */
  | { kind: 'crash'; region: string; whole: boolean; atMs: number; forMs: number }
  /** Of a database, with all that was on it. It is back when nothing from before is under way any more. */
  | { kind: 'disk-lost'; region: string; atMs: number; forMs: number }
  /** These regions reach each other, and nobody else. */
  | { kind: 'cut'; regions: readonly string[]; atMs: number; forMs: number };

const NAMES = ['us-east', 'eu-west', 'ap-southeast', 'sa-east', 'af-south'];
const HEALED_MS = 4_000;
/** Longer than any message is under way. */
const GONE_MS = 4_000;

export function drawEpochSchedule(seed: number): EpochSchedule {
  const random = randomnessOf(seed, 'epochs');
  const regions = NAMES.slice(0, random.chance(0.15) ? 5 : 3);
  // A hundred at once now and then: they take as long as all the others together.
  const proposers = random.chance(0.005) ? 100 : random.between(2, 6);
  const spreadMs = random.oneOf([0, 50, 1_500]);
  const faults: EpochFault[] = [];
  for (let i = random.between(0, 6); i > 0; i -= 1) faults.push(drawFault(random, regions));
  // One at most: of two of three no protocol recovers.
  if (random.chance(0.2))
    faults.push({ kind: 'disk-lost', region: random.oneOf(regions), atMs: random.between(0, 1_500), forMs: GONE_MS });
  return {
    regions,
    proposals: Array.from({ length: proposers }, () => ({
      region: random.oneOf(regions),
      atMs: random.between(0, spreadMs),
    })),
    loss: random.oneOf([0, 0.05, 0.3]),
    duplication: random.oneOf([0, 0.1, 0.4]),
    delayMs: random.oneOf([5, 50, 120]),
    lateMs: random.oneOf([0, 800, 3_000]),
    lateness: random.oneOf([0.1, 0.5]),
    faults,
    healedMs: HEALED_MS,
  };
}

function drawFault(random: Randomness, regions: readonly string[]): EpochFault {
  // Also as short as a process that is started again: shorter than a message is under way.
  const at = { atMs: random.between(0, 1_500), forMs: random.between(1, random.oneOf([20, 300, 2_000])) };
  if (random.chance(0.7)) return { kind: 'crash', region: random.oneOf(regions), whole: random.chance(0.5), ...at };
  const side = regions.filter(() => random.chance(0.5));
  return { kind: 'cut', regions: side, ...at };
}
