import { expect, test } from 'vitest';
import { counterpartTopic } from './counterpart-topic.ts';

const move = { from: 'us-east', to: 'eu-west', regions: ['us-east', 'eu-west', 'ap-southeast'] };

test.each([
  ['an original is a copy there', 'orders.v1', 'us-east.orders.v1'],
  ['a copy of what is from there is the original', 'eu-west.orders.v1', 'orders.v1'],
  ["a third region's is a copy in both", 'ap-southeast.orders.v1', 'ap-southeast.orders.v1'],
])('%s', (_rule, topic, there) => expect(counterpartTopic(topic, move)).toBe(there));

test.each([
  ['dead letters', 'orders.v1.dlq'],
  ['dead letters of a copy', 'eu-west.orders.v1.dlq'],
  ['what stays in its region', 'secrets.local'],
  ["Kafka's own", '__consumer_offsets'],
  ["MirrorMaker's own", 'mm2-offsets.eu-west.internal'],
  ['a copy of what is from here, which no engine makes', 'us-east.orders.v1'],
  ['a copy of a copy, which no engine makes', 'eu-west.ap-southeast.orders.v1'],
])('%s have no counterpart', (_what, topic) => expect(counterpartTopic(topic, move)).toBeUndefined());
