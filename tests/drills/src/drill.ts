/**
 * A drill breaks something on purpose in three real regions and says whether what Meridian promises held. Hypothesis,
 * fault, observation and invariants stand in one file per drill, so that reading it tells what is claimed and running it
 * tells whether that is so.
 *
 * Every drill can be sabotaged: it then also does what the invariant forbids (loses a row, leaves out the token), and
 * must say so. A drill that stays green under its own sabotage proves nothing; a test runs each of them both ways.
 */
export interface Drill {
  /** As on the command line: words joined by `-`. */
  name: string;
  /** What is claimed. */
  hypothesis: string;
  /** What is broken, and how it is proved to be broken. */
  fault: string;
  /** What the sabotage does. */
  sabotage: string;
  /** What `npm test` has no time for, all of it or how it is sabotaged: `npm run drills` alone runs it. */
  onDemand?: 'all' | 'sabotage';
  run(run: DrillRun): Promise<Observation>;
}

export interface DrillRun {
  /** `quick` is part of `npm test`; `full` is long and hard enough for figures. */
  scale: 'quick' | 'full';
  /** Gives the same choices again. What regions and networks do with them in real time is not repeated. */
  seed: number;
  /** In [0, 1), from the seed. */
  random(): number;
  sabotage: boolean;
  /** Tells a person how far the drill is. */
  say(line: string): void;
}

export interface Observation {
  checks: Check[];
  /** Name → value with its unit, as a person reads them. */
  figures: Record<string, string>;
  /** To be looked at in Jaeger. */
  traceIds?: string[];
}

/** `unknown`: the run did not get far enough to tell; that is not a pass. */
export type Validity = boolean | 'unknown';

export interface Check {
  /** `I1` to `I13`, as in docs/explanation/invariants.md. */
  invariant: string;
  /** What must hold, as a sentence. */
  rule: string;
  valid: Validity;
  /** What was seen that breaks it; the first few. */
  evidence: string[];
}

const MAX_EVIDENCE = 5;

/** Holds exactly when nothing was found that breaks it. */
export function check(invariant: string, rule: string, violations: readonly unknown[]): Check {
  const shown = violations.slice(0, MAX_EVIDENCE).map((v) => (typeof v === 'string' ? v : JSON.stringify(v)));
  const more = violations.length - shown.length;
  return {
    invariant,
    rule,
    valid: violations.length === 0,
    evidence: more > 0 ? [...shown, `and ${more} more`] : shown,
  };
}

/** One broken rule makes the whole invalid; without one, a rule of which nothing is known leaves it unknown. */
export function verdictOf(checks: readonly Check[]): Validity {
  if (checks.some((c) => c.valid === false)) return false;
  return checks.length > 0 && checks.every((c) => c.valid === true) ? true : 'unknown';
}
