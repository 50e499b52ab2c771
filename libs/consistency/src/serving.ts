import type { ConsistencyLevel } from './level.ts';

/** A request as it stands at one region, at one moment. */
export interface Standing {
  level: ConsistencyLevel;
  here: string;
  /** The other regions, in the order in which they are preferred. */
  others: readonly string[];
  /** Whose writes the token asks for and this region lacks, for what the request is about. */
  missing: readonly string[];
  /** The aggregate's home region; undefined when there is none to be known here. */
  home: string | undefined;
  waitedMs: number;
  budgetMs: number;
  /** Whether another region has sent it here: it is then answered here, or not at all. */
  forwarded: boolean;
  /**
   * Of what was forwarded to a home that can move: who knows of its later move, this region or the one that sent it here.
   * Absent where both know the same.
   */
  laterMove?: 'here' | 'sender';
}

/** What to do with it. `to`: the regions to try, in this order. */
export type Serving =
  | { do: 'serve' }
  | { do: 'wait'; upToMs: number }
  | { do: 'forward'; to: string[] }
  | { do: 'refuse'; reason: ServingRefusal };

export type ServingRefusal = 'NotHome' | 'HomeUnknown' | 'NotCovered';

/**
 * Serve when nothing is lacking; wait while it may still come; go to a region that has it; refuse. Never answer less than
 * was asked for in silence.
 *
 * Waiting comes before forwarding, because what is missing is nearly always on its way already, and a wait of one way
 * between two regions is less than the round trip that asking there would take. Forwarding goes to those first whose
 * writes are missing: they have them for sure.
 *
 * A home that has moved is told by the region that gave it away. So what was forwarded is sent on by who knows of a later
 * move than who sent it, and by nobody else: with each region on its way the move is a later one, and the way ends. Who is
 * said to be the home, and has not heard of it, waits for the move: it is on its way.
 */
export function decideServing(standing: Standing): Serving {
  const { level, here, others, missing, home, waitedMs, budgetMs, forwarded, laterMove } = standing;
  if (level === 'eventual') return { do: 'serve' };
  // Also where this region takes itself for the home: it lacks a move that the sender has, and with it what came before.
  if (level === 'strong' && forwarded && laterMove === 'sender')
    return waitedMs < budgetMs ? { do: 'wait', upToMs: budgetMs - waitedMs } : { do: 'refuse', reason: 'NotHome' };
  if (level === 'strong' && home !== here) {
    if (forwarded && laterMove !== 'here') return { do: 'refuse', reason: 'NotHome' };
    return home === undefined ? { do: 'refuse', reason: 'HomeUnknown' } : { do: 'forward', to: [home] };
  }
  if (missing.length === 0) return { do: 'serve' };
  if (waitedMs < budgetMs) return { do: 'wait', upToMs: budgetMs - waitedMs };
  // Nobody but the home region may answer what asks for `strong`.
  if (forwarded || level === 'strong') return { do: 'refuse', reason: 'NotCovered' };
  const has = others.filter((region) => missing.includes(region));
  const mayHave = others.filter((region) => !missing.includes(region));
  return { do: 'forward', to: [...has, ...mayHave] };
}
