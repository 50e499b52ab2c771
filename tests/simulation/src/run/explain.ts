import { HEARTBEAT } from '../model/relay.ts';
import type { Observation } from '../observation.ts';
import type { Rules } from '../rules.ts';
import { type Decision, drawSchedule } from '../world/schedule.ts';
import { runSchedule } from './run-schedule.ts';
import { shrink } from './shrink.ts';

const TRACE_LINES = 25;
const LINE_LENGTH = 240;

/** What somebody needs who is to mend it: the seed, the invariant, the smallest schedule found, and what happened in it. */
export function explain(seed: number, rules: () => Rules, mutant?: string): string {
  const schedule = drawSchedule(seed);
  const { finding } = runSchedule(seed, schedule, { rules: rules() });
  if (!finding) return `Seed ${seed}: nothing is wrong.`;
  const isSame = (smaller: readonly Decision[]) =>
    runSchedule(seed, smaller, { rules: rules() }).finding?.invariant === finding.invariant;
  const smallest = shrink(schedule, isSame);

  const trace: string[] = [];
  const { finding: last = finding } = runSchedule(seed, smallest, {
    rules: rules(),
    onObserved: (atMs, seen) => trace.push(`${atMs.toFixed(0).padStart(7)} ms  ${sentence(seen)}`),
  });
  const relevant = trace.filter((line) => !line.includes(HEARTBEAT) && concerns(line, last.what));
  return [
    `Seed ${seed} breaks ${last.invariant}, at step ${last.step}, ${last.atMs.toFixed(0)} ms:`,
    `  ${last.what}`,
    '',
    `The schedule, shrunk from ${schedule.length} decisions to ${smallest.length}:`,
    ...smallest.map((decision) => `  ${JSON.stringify(decision)}`),
    '',
    `What happened (the last ${Math.min(TRACE_LINES, relevant.length)} of ${relevant.length} events that concern it):`,
    ...relevant
      .slice(-TRACE_LINES)
      .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)} …` : line)),
    '',
    `Again: npm run simulate -- --seed ${seed}${mutant ? ` --mutant "${mutant}"` : ''}`,
  ].join('\n');
}

/** Whether a line names anything that the finding names: an order, a SKU, a user. */
function concerns(line: string, what: string): boolean {
  const names = what.split(/[\s,:/]+/).filter((word) => /^[0-9a-f-]{36}$|^(lamp|rug|u\d)$/.test(word));
  return names.length === 0 || names.some((name) => line.includes(name));
}

function sentence(seen: Observation): string {
  const { kind, ...rest } = seen;
  if (seen.kind !== 'appended') return `${kind} ${JSON.stringify(rest)}`;
  const { source, sequence, type, key, horizon, value } = seen.record;
  const what = JSON.stringify({ key, horizon, value });
  return `${seen.region} ${seen.topic}/${seen.partition} has ${type} ${source}/${sequence} ${what}`;
}
