import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { headersToStrings, headerText, type RawHeader, ReceivedRecord, sizeOf } from './record.ts';

const received = (headers: RawHeader[]) =>
  new ReceivedRecord('orders.v1', 3, {
    ...{ key: Buffer.from('k'), value: null, offset: '12', timestamp: '1700000000123', attributes: 0 },
    headers: headers as unknown as KafkaMessage['headers'],
  } as KafkaMessage);

it('headers by name are the last of their name, and those without a value are left out', () => {
  const record = received([
    ['a', Buffer.from('1')],
    ['b', null],
    ['a', Buffer.from('2')],
  ]);
  expect(headersToStrings(record.headers)).toEqual({ a: '2' });
  expect(headerText(record, 'a')).toBe('2');
  expect(headerText(record, 'b')).toBeUndefined();
  expect(headerText(record, 'c')).toBeUndefined();
  expect(record.rawHeaders.length).toBe(3);
  expect(record.timestampMs).toBe(1_700_000_000_123);
});

it('the size of a record counts bytes, not characters, of key, value and headers', () => {
  const empty = sizeOf({ key: null, value: null });
  expect(sizeOf({ key: 'é', value: Buffer.alloc(100) })).toBe(empty + 102);
  const asObject = sizeOf({ key: null, value: null, headers: { ab: 'é' } });
  const asPairs = sizeOf({ key: null, value: null, headers: [['ab', Buffer.from('é')]] });
  expect(asObject).toBe(asPairs);
  expect(asObject).toBeGreaterThan(empty + 4);
  expect(sizeOf({ key: null, value: null, headers: [['ab', null]] })).toBe(asPairs - 2);
});
