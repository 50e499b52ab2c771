import { describe, expect, it } from 'vitest';
import { createVerdict, kindOfSendFailure, type SendFailure } from './send-failure.ts';

const answered = (type: string) => Object.assign(new Error(type), { type });

it.each([
  ['MESSAGE_TOO_LARGE', 'refused'],
  ['TOPIC_AUTHORIZATION_FAILED', 'refused'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'refused'],
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

describe('records are given up', () => {
  /** What is said of failures at these seconds. */
  const verdicts = (...failures: [atS: number, kind: SendFailure][]) => {
    let nowMs = 0;
    const isForGood = createVerdict(() => nowMs);
    return failures.map(([atS, kind]) => {
      nowMs = atS * 1_000;
      return isForGood(kind);
    });
  };

  it('at once when the broker has refused them', () => expect(verdicts([0, 'refused'])).toEqual([true]));

  it('when for 10 s there is no such topic', () =>
    expect(verdicts([5, 'unknown'], [14, 'unknown'], [15, 'unknown'])).toEqual([false, false, true]));

  it('never for an outage, however long, nor for one after which the topic is still to be made', () => {
    expect(verdicts([0, 'lost'], [60, 'asked-again'])).toEqual([false, false]);
    expect(verdicts([0, 'unknown'], [1, 'lost'], [11, 'lost'])).toEqual([false, false, false]);
    expect(verdicts([0, 'unknown'], [11, 'lost'], [12, 'unknown'])).toEqual([false, false, false]);
  });
});
