import type { Benchmark, Bound, Figure, Goal, Limit, Measured } from './benchmark.ts';
import { median } from './statistics.ts';

export type GoalOutcome = 'met' | 'missed' | 'not measured';

export interface JudgedGoal extends Goal {
  outcome: GoalOutcome;
  /** The median; undefined when it was not measured. */
  value: number | undefined;
}

export interface JudgedLimit extends Limit {
  /** `beaten`: by at least one round. `unknown`: there is no figure to hold against it, so nothing shows that it was kept. */
  outcome: 'kept' | 'beaten' | 'unknown';
  /** The rounds that beat it. */
  beatenBy: number[];
}

export interface Judgement {
  goals: JudgedGoal[];
  limit: JudgedLimit;
  /** False when the limit was beaten or cannot be told: then no figure of the run is to be believed. Goals do not count. */
  credible: boolean;
}

/** A goal is held against the median, a limit against every single round: what is impossible is so once as well. */
export function judge({ goals, limit }: Pick<Benchmark, 'goals' | 'limit'>, { figures }: Measured): Judgement {
  const judgedLimit = judgeLimit(limit, figures[limit.figure]);
  return {
    goals: goals.map((goal) => judgeGoal(goal, figures[goal.figure])),
    limit: judgedLimit,
    credible: judgedLimit.outcome === 'kept',
  };
}

function judgeGoal(goal: Goal, figure: Figure | undefined): JudgedGoal {
  if (!figure || figure.samples.length === 0) return { ...goal, outcome: 'not measured', value: undefined };
  const value = median(figure.samples);
  return { ...goal, outcome: keeps(goal, value) ? 'met' : 'missed', value };
}

function judgeLimit(limit: Limit, figure: Figure | undefined): JudgedLimit {
  if (!figure || figure.samples.length === 0) return { ...limit, outcome: 'unknown', beatenBy: [] };
  const beatenBy = figure.samples.filter((sample) => !keeps(limit, sample));
  return { ...limit, outcome: beatenBy.length > 0 ? 'beaten' : 'kept', beatenBy };
}

/** NaN keeps no bound. */
function keeps({ atLeast = -Infinity, atMost = Infinity }: Bound, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
