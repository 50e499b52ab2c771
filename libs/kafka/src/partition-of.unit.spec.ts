import { expect, it } from 'vitest';
import { murmur2, partitionOf } from './partition-of.ts';

it.each([
  // From the tests of Kafka's own client (UtilsTest.testMurmur2).
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('the hash of %s is that of the Java client', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

it('of a negative hash the sign bit is cleared, as in Java; its absolute value would be another partition', () => {
  const hash = -790_332_482;
  expect(partitionOf('foobar', 7)).toBe((hash & 0x7fffffff) % 7);
  expect(partitionOf('foobar', 7)).not.toBe(Math.abs(hash) % 7);
});

it('text and its bytes have one partition, within the count', () => {
  for (let n = 0; n < 200; n += 1) {
    const partition = partitionOf(`ordér-${n}`, 7);
    expect(partition).toBe(partitionOf(Buffer.from(`ordér-${n}`), 7));
    expect(partition).toBeGreaterThanOrEqual(0);
    expect(partition).toBeLessThan(7);
  }
});
