import { usageFault } from '../command-failure.ts';
import type { ProcessStatus } from '../instance/process-status.ts';

/** The processes that a target names: one process (`eu-west/order`, `wan`) or all of a region (`eu-west`). */
export function findTargets(processes: readonly ProcessStatus[], target: string): ProcessStatus[] {
  const named = processes.filter((p) => p.name === target);
  const found = named.length > 0 ? named : processes.filter((p) => p.region === target);
  if (found.length > 0) return found;
  const regions = new Set(processes.flatMap((p) => (p.region ? [p.region] : [])));
  const names = [...regions, ...processes.map((p) => p.name)];
  throw usageFault(`There is no process or region "${target}"; there are ${names.join(', ')}.`);
}
