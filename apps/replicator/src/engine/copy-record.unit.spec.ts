import { describe, expect, it } from 'vitest';
import { bytesOf, copyRecord } from './copy-record.ts';
import { header, incoming } from './incoming.fixture.ts';

describe('a copied record', () => {
  it('keeps key, value, partition and time', () => {
    const record = incoming();
    expect(copyRecord(record)).toEqual({
      key: record.key,
      value: record.value,
      headers: [],
      partition: 2,
      timestampMs: record.timestampMs,
    });
  });

  it('keeps every header in its order, also one that repeats and one without a value', () => {
    const rawHeaders = [header('b', '1'), header('a', '2'), header('b', '3'), header('none', null), header('e', '')];
    expect(copyRecord(incoming({ rawHeaders })).headers).toEqual(rawHeaders);
  });

  it('hands bytes on as they are, whether or not they are text', () => {
    const value = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
    expect(copyRecord(incoming({ value })).value).toBe(value);
  });

  it('of a tombstone is a tombstone, and needs no key', () =>
    expect(copyRecord(incoming({ key: null, value: null }))).toMatchObject({ key: null, value: null }));
});

it('the bytes of a record are those of its key, its value and its headers', () => {
  const rawHeaders = [header('hé', '12'), header('none', null)];
  expect(bytesOf(incoming({ key: Buffer.from('k'), value: Buffer.from('value'), rawHeaders }))).toBe(1 + 5 + 5 + 4);
  expect(bytesOf(incoming({ key: null, value: null }))).toBe(0);
});
