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
  /** What it met in this run of the findings that are open (README.md): known, told, and not yet mended. */
  open?(): readonly OpenFinding[];
}

export type OpenFinding =
  /** 1: units reserved for a placing that was never committed in that region stay out of stock. */
  | 'orphan reservation'
  /** 2: of three placings two share a reservation; the one that loses has it released, the one that holds needs it. */
  | 'shared reservation released'
  /** 3: what was charged is the total of a placing that lost to one with other prices. */
  | 'charged another price';

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
