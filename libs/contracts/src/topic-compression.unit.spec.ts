import { expect, it } from 'vitest';
import { compressionTypeOf, TOPIC_COMPRESSIONS, topicCompressionOf } from './topic-compression.ts';

it('nothing is compressed unless that is asked for', () => {
  expect([undefined, '', 'none'].map(topicCompressionOf)).toEqual(['none', 'none', 'none']);
});

it.each(['lz4', 'snappy', 'ZSTD', ' zstd', 'producer'])(
  'refuses "%s" in one sentence that names those there are',
  (told) => {
    expect(() => topicCompressionOf(told)).toThrow(
      `There is no compression "${told}"; MERIDIAN_TOPIC_COMPRESSION is one of none, gzip, zstd.`,
    );
  },
);

it('Kafka is told in its own words', () => {
  expect(TOPIC_COMPRESSIONS.map(compressionTypeOf)).toEqual(['producer', 'gzip', 'zstd']);
});
