import { dlqTopic, isReplicated, remoteTopic, TOPICS } from '@meridian/contracts';
import { expect, it } from 'vitest';
import { propertiesFile } from '../broker-settings.ts';
import { workerSettings } from './worker-settings.ts';

const at = (port: number) => ({ host: '127.0.0.1', port });
const clusters = { 'us-east': at(1), 'eu-west': at(2), 'ap-southeast': at(3) };
const settings = workerSettings({ region: 'us-east', clusters });

/** As Java reads a file of properties: what follows a backslash stands for itself, and the backslash goes. */
const asJavaReads = (name: string) => {
  const line = propertiesFile(settings)
    .split('\n')
    .find((one) => one.startsWith(`${name}=`));
  return line?.slice(name.length + 1).replace(/\\(.)/g, '$1') ?? '';
};

it('a worker pulls from every other region into its own, and nothing else', () => {
  const enabled = Object.keys(settings).filter((name) => name.endsWith('.enabled') && name.includes('->'));
  expect(enabled.sort()).toEqual(['ap-southeast->us-east.enabled', 'eu-west->us-east.enabled']);
  expect(settings['eu-west.bootstrap.servers']).toBe('127.0.0.1:2');
});

it.each([
  ...Object.values(TOPICS),
  'something-new.v1',
  'us-eastern.v1',
  'us-eastern.orders.v1',
  'not-that-local',
  remoteTopic('eu-west', TOPICS.orders),
  remoteTopic('us-east', TOPICS.orders),
  dlqTopic(TOPICS.orders),
  'sessions.local',
  '__consumer_offsets',
  'mm2-offsets.eu-west.internal',
  'heartbeats',
])('of %s it thinks as the other engines do', (topic) => {
  const regions = Object.keys(clusters);
  // As MirrorMaker matches: a whole name, by any of the expressions.
  const isExcluded = asJavaReads('topics.exclude')
    .split(',')
    .some((expression) => new RegExp(`^(?:${expression})$`).test(topic));
  expect(!isExcluded).toBe(isReplicated(topic, regions));
});

it('exactly once is on when it is asked for, with the interface that a worker needs for it', () => {
  const exactly = workerSettings({ region: 'us-east', clusters, exactlyOnce: true });
  expect(exactly['us-east.exactly.once.source.support']).toBe('enabled');
  expect(exactly['dedicated.mode.enable.internal.rest']).toBe('true');
  expect(settings).not.toHaveProperty(['us-east.exactly.once.source.support']);
});
