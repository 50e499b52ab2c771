import type { Observation } from '../observation.ts';
import type { World } from '../world/world.ts';

/**
 * An invariant of the system, I1 to I13. Made anew for every run: what it remembers is the history of that run. `observe` is told all that happens, in order, and answers what is wrong the moment
 * that it is; `atRest` looks at the world once every fault is healed and nothing is under way.
 */
export interface Invariant {
  name: string;
  observe?(observation: Observation): string | undefined;
  atRest?(world: World): string | undefined;
}

export class Violation extends Error {
  readonly invariant: string;
  readonly what: string;

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.name = 'Violation';
    this.invariant = invariant;
    this.what = what;
  }
}
