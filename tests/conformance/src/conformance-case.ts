import type { Mesh } from './mesh.ts';

/** One promise of a replicator. `run` throws when it is not kept, and says in a few words what was measured when it is. */
export interface ConformanceCase {
  /** Short, unique, and what expectations name it by. */
  name: string;
  /** The promise, as the table has it. */
  promise: string;
  run(mesh: Mesh): Promise<string>;
}

/** What became of a case. */
export type Outcome = { case: ConformanceCase; kept: true; measured: string } | Broken;
export interface Broken {
  case: ConformanceCase;
  kept: false;
  why: string;
}

export function mustBe(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
