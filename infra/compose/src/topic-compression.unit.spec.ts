import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTopology, regionIds } from '@meridian/regions';
import { describe, expect, it } from 'vitest';
import { parseComposeFile } from './parse-compose-file.ts';
import { readPrepareConfig } from './prepare.config.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const regions = regionIds(parseTopology(JSON.parse(read('infra/topology.json'))));
/** As the compose file spells what it takes from the environment. */
const told = (otherwise: string) => `\${MERIDIAN_TOPIC_COMPRESSION${otherwise}}`;
const { services = {} } = parseComposeFile(read('docker-compose.yml'));

describe('the compression of topics', () => {
  it('is told to the job of every region that makes topics', () => {
    for (const region of regions)
      expect(services[`${region}-prepare`]?.environment).toMatchObject({
        MERIDIAN_TOPIC_COMPRESSION: told(':-none'),
      });
  });

  it('lets Kafka run what it unpacks in /tmp, and only when it is asked for', () => {
    for (const region of regions)
      expect(services[`${region}-kafka`]).toMatchObject({
        tmpfs: expect.arrayContaining([`/tmp${told(':+:exec')}`]),
      });
  });

  it('that there is not ends the job before it touches anything, with one sentence', () => {
    const region = {
      ...{ MERIDIAN_TOPOLOGY: path.join(root, 'infra/topology.json'), MERIDIAN_REGION: regions[0] },
      ...{ POSTGRES_URL: 'postgresql://nobody@127.0.0.1:1', KAFKA_BROKERS: '127.0.0.1:1' },
    };
    expect(readPrepareConfig(region).topicCompression).toBe('none');
    expect(readPrepareConfig({ ...region, MERIDIAN_TOPIC_COMPRESSION: 'gzip' }).topicCompression).toBe('gzip');
    expect(() => readPrepareConfig({ ...region, MERIDIAN_TOPIC_COMPRESSION: 'brotli' })).toThrow(
      'There is no compression "brotli"; MERIDIAN_TOPIC_COMPRESSION is one of none, gzip, zstd.',
    );
  });
});
