import { EventQueue, type QueuedEvent } from './event-queue.ts';
import { type Randomness, randomnessOf } from './randomness.ts';

/**
 * The problem: what goes wrong between regions goes wrong in one interleaving of a million (a relay that dies between
 * producing and deleting, while the link drops, while a clock jumps), and a test against real processes meets it once
 * and never again.
 *
 * So the whole world, three regions with their databases, logs, services, links and clients, runs in one thread over one
 * queue of events in virtual time. Nothing in it knows the real time, and all that is left to chance comes from the seed:
 * a seed is a run, the same one whenever it is run. Hours pass in milliseconds, faults come a thousand times as often as
 * in life, and the invariants are checked at every step with all regions in sight at once, which no real test can do.
 *
 * Source: the idea is FoundationDB's (Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store",
 * SIGMOD 2021, section 4) and TigerBeetle's (VOPR); the checkers look at histories as Jepsen's do; leaving out kinds of
 * events at random per seed is swarm testing (Groce et al., ISSTA 2012).
 *
 * Limits: only what is in the model is tested. README.md says what is real code and what is a model of it; that the
 * models are true to PostgreSQL and Kafka is for the `int` tests and the drills to show.
 */
export class Kernel {
  nowMs = 0;
  steps = 0;
  readonly #queue = new EventQueue();
  readonly #seed: number;
  readonly #streams = new Map<string, Randomness>();
  #serial = 0;
  #foreground = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What is left to chance for one thing, such as the replies of one server or the transactions on one row. */
  randomOf(name: string): Randomness {
    const known = this.#streams.get(name);
    if (known) return known;
    const made = randomnessOf(this.#seed, name);
    this.#streams.set(name, made);
    return made;
  }

  /** Runs `run` when `delayMs` of virtual time have passed. What is returned takes that back. */
  after(delayMs: number, run: () => void, { background = false } = {}): () => void {
    const event: QueuedEvent = { atMs: this.nowMs + delayMs, serial: this.#serial++, run, background };
    if (!background) this.#foreground += 1;
    this.#queue.push(event);
    return () => {
      if (event.run === NOTHING) return;
      event.run = NOTHING;
      if (!event.background) this.#foreground -= 1;
      event.background = true;
    };
  }

  /**
   * Takes one step after the other until `untilMs`, or until the world is at rest before that. Throws when that makes more
   * than `maxSteps` in all.
   */
  runUntil(untilMs: number, { maxSteps, stopAtRest = false }: { maxSteps: number; stopAtRest?: boolean }): void {
    for (let next = this.#queue.peek(); next && next.atMs <= untilMs; next = this.#queue.peek()) {
      if (stopAtRest && this.isAtRest) return;
      this.#step(maxSteps);
    }
    this.nowMs = untilMs;
  }

  /** Whether nothing is left but what goes on for ever. */
  get isAtRest(): boolean {
    return this.#foreground === 0;
  }

  #step(maxSteps: number): void {
    const event = this.#queue.pop();
    if (!event) return;
    if (this.steps >= maxSteps) throw new NeverAtRest(maxSteps);
    if (!event.background) this.#foreground -= 1;
    const { run } = event;
    event.run = NOTHING;
    if (run === NOTHING) return;
    this.nowMs = event.atMs;
    this.steps += 1;
    run();
  }
}

const NOTHING = () => undefined;

export class NeverAtRest extends Error {
  constructor(steps: number) {
    super(`The world did not come to rest within ${steps} steps.`);
    this.name = 'NeverAtRest';
  }
}
