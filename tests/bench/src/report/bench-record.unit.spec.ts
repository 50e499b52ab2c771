import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../run-benchmark.ts';
import {
  type BenchRecord,
  goOn,
  keepRecord,
  NotARecord,
  ofAnotherCommit,
  readRecord,
  whyNotTogether,
} from './bench-record.ts';

const machine = {
  ...{ processor: 'Xeon', processors: 2, memoryGiB: 23, system: 'Debian', node: '24.21.0' },
  ...{ loadAverage: 0.1, commit: 'abc1234' },
};
const began = { at: '2026-11-29T16:00:00Z', commit: 'abc1234' };
const result = (name: string, seconds: number) => ({ name, seconds, scale: 'full', ...began }) as BenchResult;
const record = (results: BenchResult[], commit = 'abc1234'): BenchRecord => ({
  ...{ at: '2026-11-29T16:00:00Z', command: 'npm run bench', minutes: 20, engines: ['verbatim'] },
  ...{ machine: { ...machine, commit }, results },
});

describe('a run that goes on with an earlier one', () => {
  it('has the results of both, and of what was measured twice the later', () => {
    const both = goOn(record([result('lag', 1), result('drain', 2)]), record([result('drain', 3), result('cost', 4)]));
    expect(both.results).toEqual([result('lag', 1), result('drain', 3), result('cost', 4)]);
    expect(both.minutes).toBe(40);
  });

  it('tells every commit that was measured, each once', () => {
    const twice = goOn(record([], 'a'), record([], 'b'));
    expect(goOn(twice, record([], 'b')).machine.commit).toBe('a and b');
  });

  it('is the run itself when there was none', () => expect(goOn(undefined, record([]))).toEqual(record([])));
});

describe('a record is not gone on with', () => {
  const before = record([result('lag', 1)]);
  const now = { machine, engines: ['verbatim'], scale: 'full' as const };

  it.each([
    [{ processor: 'EPYC' }, 'It was measured on another machine (processor: Xeon there, EPYC here).'],
    [{ processors: 8 }, 'It was measured on another machine (processors: 2 there, 8 here).'],
    [{ memoryGiB: 64 }, 'It was measured on another machine (GiB of memory: 23 there, 64 here).'],
    [{ node: '26.0.0' }, 'It was measured on another machine (Node: 24.21.0 there, 26.0.0 here).'],
  ])('on another machine: %j', (other, sentence) =>
    expect(whyNotTogether(before, { ...now, machine: { ...machine, ...other } })).toBe(sentence),
  );

  it('at another scale, or with other engines, which figures call by one name', () => {
    expect(whyNotTogether(before, { ...now, scale: 'quick' })).toBe('It is not of a quick run.');
    expect(whyNotTogether(before, { ...now, engines: ['kafkajs'] })).toBe(
      'It compares other engines (--engines verbatim, and now kafkajs).',
    );
  });

  it('unless all of that is the same, however busy the machine is', () =>
    expect(whyNotTogether(before, { ...now, machine: { ...machine, loadAverage: 3, commit: 'b' } })).toBeUndefined());
});

it('a record of another commit is gone on with, and that is said', () => {
  const before = goOn(record([], 'a'), record([], 'b'));
  expect(ofAnotherCommit(before, { ...machine, commit: 'b' })).toBeUndefined();
  expect(ofAnotherCommit(before, { ...machine, commit: 'c' })).toBe(
    'It was measured at commit a and b, and this is c.',
  );
});

describe('the file of a record', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'meridian-record-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is read as it was kept, and nothing lies beside it', async () => {
    const file = path.join(directory, 'deep/one.json');
    await keepRecord(file, record([result('lag', 1)]));
    await keepRecord(file, record([result('lag', 2)]));
    expect(readRecord(file)).toEqual(record([result('lag', 2)]));
    expect(await readdir(path.dirname(file))).toEqual(['one.json']);
  });

  it('of before each result had its commit and its time has those of the whole for all', async () => {
    const file = path.join(directory, 'old.json');
    const { commit: _, at: __, ...old } = result('lag', 1);
    await keepRecord(file, record([old as BenchResult], 'abc1234'));
    expect(readRecord(file).results).toEqual([result('lag', 1)]);
  });

  it('that is none is refused in a sentence', async () => {
    const file = path.join(directory, 'other.json');
    await writeFile(file, '{"figures": []}');
    expect(() => readRecord(file)).toThrow(new NotARecord(`${file} is not the record of a run.`));
    await writeFile(file, '{"resul');
    expect(() => readRecord(file)).toThrow(/cannot be read as the record of a run/);
    expect(() => readRecord(path.join(directory, 'none.json'))).toThrow(NotARecord);
  });
});
