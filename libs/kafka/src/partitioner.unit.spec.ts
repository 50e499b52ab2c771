import type { Message, PartitionMetadata } from 'kafkajs';
import { expect, it } from 'vitest';
import { partitionOf } from './partition-of.ts';
import { createPartitioner, UnknownPartition } from './partitioner.ts';
import { kindOfSendFailure } from './send-failure.ts';

const partitions = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({ partitionId }) as PartitionMetadata);
const choose = (partitioner: ReturnType<typeof createPartitioner>, message: Message, count = 4) =>
  partitioner({ topic: 'orders.v1', partitionMetadata: partitions(count), message });

it('chooses by the key, an empty one too; without a key the partitions in turn', () => {
  const partitioner = createPartitioner();
  expect(choose(partitioner, { key: 'order-1', value: '' })).toBe(partitionOf('order-1', 4));
  expect(choose(partitioner, { key: '', value: '' })).toBe(partitionOf('', 4));
  const turns = Array.from({ length: 6 }, () => choose(partitioner, { key: null, value: '' }));
  expect(turns).toEqual([0, 1, 2, 3, 0, 1]);
});

it('a record keeps its partition when it is sent again', () => {
  const partitioner = createPartitioner();
  const message: Message = { key: null, value: '' };
  const first = choose(partitioner, message);
  choose(partitioner, { key: null, value: '' });
  expect(choose(partitioner, message)).toBe(first);
});

it('a partition that is asked for is taken, and one that is not there is refused instead of left out', () => {
  const partitioner = createPartitioner();
  expect(choose(partitioner, { key: 'order-1', value: '', partition: 3 })).toBe(3);
  const wrong = () => choose(partitioner, { key: 'order-1', value: '', partition: 4 });
  expect(wrong).toThrow(UnknownPartition);
  expect(kindOfSendFailure(new UnknownPartition('orders.v1', 4, 4))).toBe('unknown');
});
