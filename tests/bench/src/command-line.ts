import { parseArgs } from 'node:util';
import type { BenchRun } from './benchmark.ts';

export interface Asked {
  kind: 'run';
  /** Undefined for all of them, or for those that the record to be gone on with has not. */
  names: string[] | undefined;
  scale: BenchRun['scale'];
  /** Undefined for as many as the scale has. */
  rounds: number | undefined;
  engines: string[];
  json: boolean;
  write: boolean;
  profile: boolean;
  resume: string | undefined;
}

export type CommandLine = Asked | { kind: 'help' } | { kind: 'refused'; sentence: string };

export interface Known {
  benchmarks: readonly string[];
  engines: readonly string[];
  /** As `MERIDIAN_REPLICATOR` has it. */
  replicator: string | undefined;
}

export function usageOf({ benchmarks, engines }: Known): string {
  return `npm run bench -- [names …] [--quick] [--rounds N] [--engines NAME,…] [--json] [--write | --profile] [--resume FILE]

  names        which benchmarks; without one, all of them
  --quick      a short round of each: shows that it works, and is not for figures
  --rounds N   how often each contestant is measured
  --engines    replication engines to compare, the one of interest first, with which regions run as well (default:
               MERIDIAN_REPLICATOR or verbatim, against mirrormaker2): ${engines.join(', ')}
  --resume     goes on with the record of a run that was broken off, or that had other benchmarks
  --json       the record on stdout and nothing else there
  --write      makes docs/reference/performance.md of this run
  --profile    where the processor time of each Node process went, as text in .meridian/bench/profiles; such a run
               leaves no record, as recording takes time of what is measured

benchmarks: ${benchmarks.join(', ')}`;
}

/** `args` are those after the command's own name. */
export function readCommandLine(args: readonly string[], { benchmarks, engines, replicator }: Known): CommandLine {
  const refused = (sentence: string): CommandLine => ({ kind: 'refused', sentence });
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        engines: { type: 'string', default: `${replicator || 'verbatim'},mirrormaker2` },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        resume: { type: 'string' },
      },
    });
    if (values.help) return { kind: 'help' };
    const unknown = positionals.find((name) => !benchmarks.includes(name));
    if (unknown !== undefined) return refused(`There is no benchmark "${unknown}".`);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && (!Number.isSafeInteger(rounds) || rounds < 1))
      return refused('--rounds wants a whole number from 1 on.');
    const compared = [...new Set(values.engines.split(',').filter(Boolean))];
    if (compared.length === 0) return refused('--engines wants at least one name.');
    const stranger = compared.find((name) => !engines.includes(name));
    if (stranger !== undefined) return refused(`There is no engine "${stranger}".`);
    if (values.write && values.quick) return refused('A page is not made of a quick run.');
    if (values.profile && (values.write || values.resume !== undefined))
      return refused('Figures of a run with --profile are not kept: it goes with neither --write nor --resume.');
    const { json, write, profile, resume } = values;
    const names = positionals.length === 0 ? undefined : positionals;
    const scale = values.quick ? 'quick' : 'full';
    return { kind: 'run', names, scale, rounds, engines: compared, json, write, profile, resume };
  } catch (failure) {
    return refused((failure as Error).message);
  }
}
