import { describe, expect, it } from 'vitest';
import { readCommandLine, usageOf } from './command-line.ts';

const known = { benchmarks: ['lag', 'drain'], engines: ['verbatim', 'kafkajs', 'mirrormaker2'], replicator: undefined };
const read = (...args: string[]) => readCommandLine(args, known);

it('runs all benchmarks in full, the default engine against MirrorMaker 2, when nothing is said', () =>
  expect(read()).toEqual({
    ...{ kind: 'run', names: undefined, scale: 'full', rounds: undefined, engines: ['verbatim', 'mirrormaker2'] },
    ...{ json: false, write: false, profile: false, resume: undefined },
  }));

it('compares the engine that regions have, once', () => {
  const engines = (replicator: string) => readCommandLine([], { ...known, replicator });
  expect(engines('kafkajs')).toMatchObject({ engines: ['kafkajs', 'mirrormaker2'] });
  expect(engines('mirrormaker2')).toMatchObject({ engines: ['mirrormaker2'] });
  expect(engines('')).toMatchObject({ engines: ['verbatim', 'mirrormaker2'] });
});

it('tells its usage when asked', () => {
  expect(read('--help')).toEqual({ kind: 'help' });
  expect(usageOf(known)).toContain('benchmarks: lag, drain');
});

describe('is refused in a sentence:', () => {
  it.each([
    [['speed'], 'There is no benchmark "speed".'],
    [['--rounds', '0'], '--rounds wants a whole number from 1 on.'],
    [['--rounds', '2.5'], '--rounds wants a whole number from 1 on.'],
    [['--engines', ','], '--engines wants at least one name.'],
    [['--engines', 'verbatim,magic'], 'There is no engine "magic".'],
    [['--quick', '--write'], 'A page is not made of a quick run.'],
    [['--profile', '--write'], expect.stringContaining('are not kept')],
    [['--profile', '--resume', 'x'], expect.stringContaining('are not kept')],
    [['--fast'], expect.stringContaining('--fast')],
  ])('%j', (args, sentence) => expect(read(...args)).toEqual({ kind: 'refused', sentence }));
});
