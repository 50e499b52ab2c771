import { expect, it } from 'vitest';
import { toProduceRequests } from './produce-requests.ts';
import type { OutgoingRecord } from './record.ts';

const records = (count: number, bytes: number): OutgoingRecord[] =>
  Array.from({ length: count }, (_, n) => ({ key: `${n}`, value: 'x'.repeat(bytes) }));
const messagesOf = (topic: string, requests: ReturnType<typeof toProduceRequests>) =>
  requests.flatMap((request) => request.filter((part) => part.topic === topic).flatMap(({ messages }) => messages));

it('what a broker would refuse as one request becomes several, each record once and in order', () => {
  const requests = toProduceRequests([{ topic: 'a', records: records(30, 100_000) }]);
  expect(requests.map(([part]) => part?.messages.length)).toEqual([8, 8, 8, 6]);
  expect(messagesOf('a', requests).map(({ key }) => key)).toEqual(Array.from({ length: 30 }, (_, n) => `${n}`));
});

it('topics go side by side, and one that is named twice keeps its order', () => {
  const [one, two] = [records(1, 10), records(2, 10)];
  const requests = toProduceRequests([
    { topic: 'a', records: one },
    { topic: 'b', records: two },
    { topic: 'a', records: [{ key: 'last', value: '' }] },
  ]);
  expect(requests.length).toBe(1);
  expect(messagesOf('a', requests).map(({ key }) => key)).toEqual(['0', 'last']);
  expect(messagesOf('b', requests).length).toBe(2);
});

it('a record that is too large by itself stands alone: the broker says what it thinks of it', () => {
  const [small] = records(1, 10) as [OutgoingRecord];
  const large = { key: 'large', value: Buffer.alloc(2_000_000) };
  const requests = toProduceRequests([{ topic: 'a', records: [small, large, small] }]);
  expect(requests.map(([part]) => part?.messages.length)).toEqual([1, 1, 1]);
});

it('headers become pairs, and a record has a time', () => {
  const headers = { b: '1', a: '2' };
  const requests = toProduceRequests([{ topic: 'a', records: [{ key: null, value: null, headers, timestampMs: 5 }] }]);
  const [message] = messagesOf('a', requests);
  expect(message?.timestamp).toBe('5');
  expect(message?.headers).toEqual([
    ['b', '1'],
    ['a', '2'],
  ]);
});

it('a record without a value is a mistake and not a tombstone', () => {
  const forgotten = [{ key: 'a' }] as OutgoingRecord[];
  expect(() => toProduceRequests([{ topic: 'a', records: forgotten }])).toThrow(TypeError);
});

it('nothing to send is nothing to do', () => {
  expect(toProduceRequests([{ topic: 'a', records: [] }])).toEqual([]);
});
