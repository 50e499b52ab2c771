import { parseArgs } from 'node:util';

export type CommandLine =
  | { kind: 'help' }
  | { kind: 'refused'; sentence: string }
  | { kind: 'run'; names: string[]; quick: boolean; sabotage: boolean; json: boolean; seed: number; repeat: number };

export function usageOf(drills: readonly string[]): string {
  return `npm run drills -- [names …] [--quick] [--seed N] [--repeat N] [--sabotage] [--json]

  names        which drills; without one, all of them
  --quick      as npm test runs them; else in full
  --seed N     the same choices again (default 1)
  --repeat N   each N times, from the seed on, one more each time
  --sabotage   each also does what it forbids, and must come out invalid
  --json       print the results alone

drills: ${drills.join(', ')}`;
}

/** `args` are those after the command's own name. */
export function readCommandLine(args: readonly string[], drills: readonly string[]): CommandLine {
  try {
    const { values, positionals: names } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        quick: { type: 'boolean', default: false },
        sabotage: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        repeat: { type: 'string', default: '1' },
      },
    });
    const { help, quick, sabotage, json } = values;
    if (help) return { kind: 'help' };
    const unknown = names.find((name) => !drills.includes(name));
    if (unknown !== undefined) return { kind: 'refused', sentence: `There is no drill "${unknown}".` };
    const [seed, repeat] = [Number(values.seed), Number(values.repeat)];
    if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(repeat) || repeat < 1)
      return { kind: 'refused', sentence: '--seed and --repeat want whole numbers.' };
    return { kind: 'run', names, quick, sabotage, json, seed, repeat };
  } catch (failure) {
    return { kind: 'refused', sentence: (failure as Error).message };
  }
}
