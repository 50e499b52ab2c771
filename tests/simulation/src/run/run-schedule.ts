import { makeInvariants } from '../invariants/index.ts';
import { type Invariant, Violation } from '../invariants/invariant.ts';
import { NeverAtRest } from '../kernel/kernel.ts';
import type { Observation } from '../observation.ts';
import { type Rules, SOUND_RULES } from '../rules.ts';
import { Session } from '../world/client.ts';
import { inject } from '../world/inject.ts';
import { type Decision, LASTS_MS, servicesIn } from '../world/schedule.ts';
import { World } from '../world/world.ts';

export interface Finding {
  invariant: string;
  what: string;
  step: number;
  atMs: number;
}
export interface Run {
  seed: number;
  steps: number;
  virtualMs: number;
  finding: Finding | undefined;
}

const MAX_STEPS = 60_000;
const ON_CALL_EVERY_MS = 5_000;

/** Runs a schedule to its end, heals everything, waits until all is applied, and says what was wrong first. */
export function runSchedule(
  seed: number,
  schedule: readonly Decision[],
  { rules = SOUND_RULES, onObserved }: { rules?: Rules; onObserved?: (atMs: number, seen: Observation) => void } = {},
): Run {
  let invariants: Invariant[] = [];
  const world = new World(seed, {
    rules,
    plays: servicesIn(schedule),
    observe: (observation) => {
      onObserved?.(world.kernel.nowMs, observation);
      for (const { name, observe } of invariants) {
        const what = observe?.(observation);
        if (what !== undefined) throw new Violation(name, what);
      }
    },
  });
  invariants = makeInvariants(world.aggregates);
  const { kernel } = world;
  const done = (finding?: Finding): Run => ({
    ...{ seed, steps: kernel.steps, virtualMs: kernel.nowMs, finding },
  });
  const found = (invariant: string, what: string) => done({ invariant, what, step: kernel.steps, atMs: kernel.nowMs });
  try {
    world.start();
    play(schedule, world);
    settle(world);
    for (const { name, atRest } of invariants) {
      const what = atRest?.(world);
      if (what !== undefined) return found(name, what);
    }
    return done();
  } catch (failure) {
    if (failure instanceof Violation) return found(failure.invariant, failure.what);
    if (failure instanceof NeverAtRest) return found('at rest', failure.message);
    throw failure;
  }
}

function play(schedule: readonly Decision[], world: World): void {
  const { kernel } = world;
  const sessions = new Map<string, Session>();
  const sessionOf = (id: string) => {
    const session = sessions.get(id) ?? new Session(id, world);
    sessions.set(id, session);
    return session;
  };
  const ends = new Set<() => void>();
  for (const decision of schedule)
    kernel.after(decision.atMs, () => {
      if ('do' in decision) return sessionOf(decision.session).act(decision);
      const stop = inject(decision, world);
      const end = () => {
        if (ends.delete(end)) stop();
      };
      ends.add(end);
      kernel.after(decision.forMs, end);
    });
  kernel.runUntil(LASTS_MS, { maxSteps: MAX_STEPS });
  for (const end of ends) end();
}

/**
 * Nothing is broken any more. What was refused because its clock was ahead lies among the dead letters, until the time has
 * come that its clock showed: it comes now, and the dead letters are replayed, as whoever is on call would do it.
 */
function settle(world: World): void {
  const { kernel } = world;
  while (!kernel.isAtRest || world.hasDeadLetters) {
    kernel.runUntil(kernel.nowMs + ON_CALL_EVERY_MS, { maxSteps: MAX_STEPS, stopAtRest: true });
    world.letClocksCatchUp();
    world.replayDeadLetters();
  }
}
