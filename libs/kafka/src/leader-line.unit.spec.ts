import { expect, it } from 'vitest';
import { lineOf } from './leader-line.ts';

const lines = (...where: [topic: string, partition: number][]) =>
  where.map(([topic, partition]) => lineOf({ topic, partition }));

it('the partitions of a topic have the lines in turn, and each keeps its own', () => {
  const [first, second] = lines(['orders.v1', 0], ['orders.v1', 1]);
  expect([first, second].sort()).toEqual([0, 1]);
  expect(lines(['orders.v1', 0], ['orders.v1', 1], ['orders.v1', 2], ['orders.v1', 3])).toEqual([
    ...[first, second],
    ...[first, second],
  ]);
});

it('topics with a single partition share the lines', () => {
  const topics = ['users.v1', 'products.v1', 'orders.v1'].flatMap((topic) => [`us-east.${topic}`, `eu-west.${topic}`]);
  expect(new Set(lines(...topics.map((topic) => [topic, 0] as [string, number])))).toEqual(new Set([0, 1]));
});
