import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';
import { RegionalServiceConfig, regionalServiceEnvironment } from './regional-service-config.ts';

const topology = path.join(import.meta.dirname, '../../../../infra/topology.json');
const env = {
  PORT: '21001',
  MERIDIAN_TOPOLOGY: topology,
  MERIDIAN_REGION: 'eu-west',
  DATABASE_URL: 'postgres://127.0.0.1:5432/user',
  KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
};
const parse = (over: Record<string, string | undefined>) =>
  parseConfig(regionalServiceEnvironment, { ...env, ...over });
const configOf = (over: Record<string, string | undefined> = {}) => new RegionalServiceConfig(parse(over));

describe('the environment of a service', () => {
  it('is read as what it means', () =>
    expect({ ...configOf() }).toEqual({
      host: '127.0.0.1',
      port: 21001,
      logLevel: 'info',
      region: 'eu-west',
      otherRegions: ['us-east', 'ap-southeast'],
      databaseUrl: env.DATABASE_URL,
      brokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
      sessionWaitMs: 1_000,
      control: 'none',
      newDisk: 'trust',
      consumerGroup: undefined,
    }));

  it('that is wrong in many places is told in one sentence that names them all', () => {
    const wrong = { PORT: '0', MERIDIAN_REGION: undefined, DATABASE_URL: undefined, KAFKA_BROKERS: 'localhost' };
    const sentence = (() => {
      try {
        return parse({ ...wrong, LOG_LEVEL: 'loud' });
      } catch (failure) {
        return (failure as Error).message;
      }
    })();
    expect(sentence).toMatch(/^The environment is not right: .*\.$/);
    expect(sentence).not.toContain('\n');
    for (const fault of [
      'PORT: ',
      'MERIDIAN_REGION is not set',
      'DATABASE_URL is not set',
      'a broker is host:port',
      'LOG_LEVEL: ',
    ])
      expect(sentence).toContain(fault);
  });

  it('does not quote what was set: it may be a password', () =>
    expect(() => parse({ DATABASE_URL: 'hunter2' })).toThrow(/^(?!.*hunter2).*DATABASE_URL/));

  it('names a region that the topology does not have', () =>
    expect(() => configOf({ MERIDIAN_REGION: 'mars' })).toThrow(/mars/));

  it('names a topology that cannot be read', () =>
    expect(() => configOf({ MERIDIAN_TOPOLOGY: '/nowhere/topology.json' })).toThrow(/nowhere.*ENOENT/));
});
