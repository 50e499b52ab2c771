import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { batchOf, controlBatch } from './batch.fixture.ts';
import { ATTRIBUTE } from './batch-layout.ts';
import { type AbortedTransaction, copiedBatches } from './copied-batches.ts';
import { readBatches } from './read-batches.ts';

const plain = (baseOffset: bigint) => batchOf({ baseOffset, records: [{ value: 'plain' }] });
const within = (baseOffset: bigint, producerId: bigint) =>
  batchOf({ baseOffset, producerId, attributes: ATTRIBUTE.transactional, records: [{ value: 'within' }] });

function copied(parts: Uint8Array[], aborted: AbortedTransaction[]) {
  const read = readBatches(Buffer.concat(parts), crc32c);
  if (!read.ok) throw new Error(read.reason);
  return copiedBatches(read.batches, aborted).map(({ baseOffset }) => Number(baseOffset));
}

it('control batches are left out, of committed and of aborted transactions', () => {
  expect(copied([plain(0n), controlBatch('commit', 1n, 5n), plain(2n), controlBatch('abort', 3n, 6n)], [])).toEqual([
    0, 2,
  ]);
});

it('batches that compaction has emptied are left out', () => {
  expect(copied([batchOf({ baseOffset: 0n, lastOffsetDelta: 3 }), plain(4n)], [])).toEqual([4]);
});

it('an aborted transaction is left out from its first record to its marker, and nothing else is', () => {
  const log = [
    within(0n, 5n),
    controlBatch('commit', 1n, 5n),
    ...[within(2n, 5n), within(3n, 6n), plain(4n), within(5n, 5n)],
    controlBatch('abort', 6n, 5n),
    ...[within(7n, 5n), within(8n, 6n)],
    controlBatch('commit', 9n, 6n),
    controlBatch('commit', 10n, 5n),
  ];
  expect(copied(log, [{ producerId: 5n, firstOffset: 2n }])).toEqual([0, 3, 4, 7, 8]);
});

it('an aborted transaction that began before what was fetched is left out as well', () => {
  const log = [within(20n, 5n), controlBatch('abort', 21n, 5n), within(22n, 5n)];
  expect(copied(log, [{ producerId: 5n, firstOffset: 3n }])).toEqual([22]);
});

it('several aborted ones of a producer are told apart, in whatever order they are named', () => {
  const log = [
    within(0n, 5n),
    controlBatch('abort', 1n, 5n),
    within(2n, 5n),
    controlBatch('commit', 3n, 5n),
    within(4n, 5n),
    controlBatch('abort', 5n, 5n),
  ];
  const aborted = [
    { producerId: 5n, firstOffset: 4n },
    { producerId: 5n, firstOffset: 0n },
  ];
  expect(copied(log, aborted)).toEqual([2]);
});
