import { dlqTopic, TOPICS } from '@meridian/contracts';
import type { TopicPartitions } from '@meridian/kafka';
import { describe, expect, it } from 'vitest';
import { copiesOf, sameTopics, topicsToCopy } from './topics-to-copy.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast'];
const named = (...topics: string[]): TopicPartitions[] => topics.map((topic) => ({ topic, partitions: 4 }));
const namesOf = (topics: TopicPartitions[]) => topics.map(({ topic }) => topic);

describe('what is copied of an origin', () => {
  it('are its own topics, in the order of their names', () => {
    const own = named('users.v1', 'orders.v1', 'something-new.v1');
    expect(namesOf(topicsToCopy(own, regions))).toEqual(['orders.v1', 'something-new.v1', 'users.v1']);
  });

  it.each(['us-east.orders.v1', 'eu-west.orders.v1', '__consumer_offsets', 'sessions.local', dlqTopic('orders.v1')])(
    'is not %s',
    (topic) => expect(topicsToCopy(named(topic), regions)).toEqual([]),
  );

  it('has the partitions of its original and the name of its origin', () =>
    expect(copiesOf([{ topic: 'orders.v1', partitions: 7 }], 'eu-west')).toEqual([
      { topic: 'eu-west.orders.v1', partitions: 7 },
    ]));
});

it('I7: every region copies from every other until nothing new appears, and that is after one hop', () => {
  const own = Object.values(TOPICS).flatMap((topic) => [topic, dlqTopic(topic)]);
  const clusters = new Map(regions.map((region) => [region, new Set(own)]));
  const copyOnce = () => {
    let added = 0;
    for (const [region, here] of clusters)
      for (const [origin, there] of clusters) {
        if (origin === region) continue;
        for (const { topic } of copiesOf(topicsToCopy(named(...there), regions), origin)) {
          if (!here.has(topic)) added += 1;
          here.add(topic);
        }
      }
    return added;
  };
  const copies = regions.length * (regions.length - 1) * Object.values(TOPICS).length;
  expect([copyOnce(), copyOnce()]).toEqual([copies, 0]);
});

it('a change of the topics is one more, one less, another one, and other partitions', () => {
  const before = named('orders.v1', 'users.v1');
  const grown = [{ topic: 'orders.v1', partitions: 5 }, ...named('users.v1')];
  expect(sameTopics(before, named('orders.v1', 'users.v1'))).toBe(true);
  for (const now of [named('orders.v1'), named('orders.v1', 'products.v1'), [...before, ...named('z.v1')], grown])
    expect(sameTopics(before, now)).toBe(false);
});
