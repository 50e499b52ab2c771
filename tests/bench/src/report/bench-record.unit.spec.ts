import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../run-benchmark.ts';
import { type BenchRecord, goOn, keepRecord, NotARecord, readRecord } from './bench-record.ts';

const machine = {
  ...{ processor: 'Xeon', processors: 2, memoryGiB: 23, system: 'Debian', node: '24.21.0' },
  ...{ loadAverage: 0.1, commit: 'abc1234' },
};
const result = (name: string, seconds: number) => ({ name, seconds }) as BenchResult;
const record = (results: BenchResult[], commit = 'abc1234'): BenchRecord => ({
  ...{ at: '2026-11-29T16:00:00Z', command: 'npm run bench', minutes: 20 },
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

  it('that is none is refused in a sentence', async () => {
    const file = path.join(directory, 'other.json');
    await writeFile(file, '{"figures": []}');
    expect(() => readRecord(file)).toThrow(new NotARecord(`${file} is not the record of a run.`));
    await writeFile(file, '{"resul');
    expect(() => readRecord(file)).toThrow(/cannot be read as the record of a run/);
    expect(() => readRecord(path.join(directory, 'none.json'))).toThrow(NotARecord);
  });
});
