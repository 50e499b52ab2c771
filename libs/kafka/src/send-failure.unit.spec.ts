import { expect, it } from 'vitest';
import { kindOfSendFailure } from './send-failure.ts';

const answered = (type: string) => Object.assign(new Error(type), { type });

it.each([
  ['MESSAGE_TOO_LARGE', 'refused'],
  ['TOPIC_AUTHORIZATION_FAILED', 'refused'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'unknown'],
  ['NOT_ENOUGH_REPLICAS', 'asked-again'],
  ['NOT_LEADER_FOR_PARTITION', 'asked-again'],
])('%s is %s, also when kafkajs has wrapped it', (type, kind) => {
  expect(kindOfSendFailure(answered(type))).toBe(kind);
  expect(kindOfSendFailure(new Error('retries exceeded', { cause: answered(type) }))).toBe(kind);
});

it('whatever is not known to be for good is tried again, with a new connection', () => {
  expect(kindOfSendFailure(new TypeError('Cannot read properties of undefined'))).toBe('lost');
  expect(kindOfSendFailure(new Error('Request Produce timed out'))).toBe('lost');
  expect(kindOfSendFailure('nonsense')).toBe('lost');
});
