import { readFileSync } from 'node:fs';
import { parseTopology } from '@meridian/regions';
import { expect, test } from 'vitest';
import { runnerOptions } from './up-options.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);

test('without options: the data of before, the delays of the topology, every trace', () => {
  expect(runnerOptions(topology, {})).toEqual({
    ...{ fresh: false, profile: topology.defaultProfile, traceRatio: 1 },
    topicCompression: 'none',
  });
});

test('an unknown profile is answered with the known ones, and exit code 2', () => {
  expect(() => runnerOptions(topology, { profile: 'moon' })).toThrow(
    expect.objectContaining({
      message: 'There is no profile "moon"; the profiles are none, aws-2022, fibre-floor.',
      exitCode: 2,
    }),
  );
});

test.each(['1.1', '-0.1', 'half', '', ' '])('refuses "%s" as a trace ratio', (traceRatio) => {
  expect(() => runnerOptions(topology, { traceRatio })).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test.each(['0', '0.01', '1'])('takes %s as a trace ratio', (traceRatio) => {
  expect(runnerOptions(topology, { traceRatio }).traceRatio).toBe(Number(traceRatio));
});

test('hands on the replicator that the environment names, and refuses one that there is not', () => {
  expect(runnerOptions(topology, {}, { replicator: 'mirrormaker2' }).replicator).toBe('mirrormaker2');
  expect(() => runnerOptions(topology, {}, { replicator: 'pigeons' })).toThrow(
    expect.objectContaining({
      message: 'There is no replicator "pigeons"; MERIDIAN_REPLICATOR is one of kafkajs, verbatim, mirrormaker2.',
      exitCode: 2,
    }),
  );
});

test('hands on the compression of topics that the environment names, and refuses one that there is not', () => {
  expect(runnerOptions(topology, {}, { topicCompression: 'zstd' }).topicCompression).toBe('zstd');
  expect(() => runnerOptions(topology, {}, { topicCompression: 'lz4' })).toThrow(
    expect.objectContaining({
      message: 'There is no compression "lz4"; MERIDIAN_TOPIC_COMPRESSION is one of none, gzip, zstd.',
      exitCode: 2,
    }),
  );
});
