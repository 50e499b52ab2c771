import { expect, test } from 'vitest';
import { readCommandLine, usageOf } from './command-line.ts';

const drills = ['same-key', 'zombie'];
const read = (...args: string[]) => readCommandLine(args, drills);

test('help is asked for and is no mistake, whatever stands beside it', () => {
  expect(read('--help')).toEqual({ kind: 'help' });
  expect(read('-h', 'no-such-drill')).toEqual({ kind: 'help' });
  expect(usageOf(drills)).toContain('drills: same-key, zombie');
});

test('without a name all drills run, in full, once, from seed 1', () => {
  expect(read()).toEqual({
    ...{ kind: 'run', names: [], quick: false, sabotage: false, json: false, seed: 1, repeat: 1 },
  });
  expect(read('zombie', '--quick', '--seed', '7')).toMatchObject({ names: ['zombie'], quick: true, seed: 7 });
});

test.each([
  [['nothing'], 'There is no drill "nothing".'],
  [['--seed', 'x'], 'whole numbers'],
  [['--repeat', '0'], 'whole numbers'],
  [['--lst'], 'Unknown option'],
])('refuses %j in one sentence', (args, sentence) => {
  expect(read(...args)).toEqual({ kind: 'refused', sentence: expect.stringContaining(sentence) });
});
