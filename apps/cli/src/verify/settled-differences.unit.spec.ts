import { describe, expect, test } from 'vitest';
import { type HeldStates, lookAt, lookAtAll } from './find-differences.ts';
import { settledDifferences } from './settled-differences.ts';

/**
 * Regions as plain maps, with a clock that only `pause` moves: what happens at which time is written down beforehand.
 * A bucket's digest is the list of what is in it.
 */
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;
const BUCKETS = 4;
type Held = Record<string, string>;

function world(initial: Held, then: [atMs: number, (typeof REGIONS)[number], Held][] = []) {
  const states = new Map<string, Held>(REGIONS.map((region) => [region, { ...initial }]));
  const questions: string[] = [];
  let nowMs = 0;
  const due = [...then];
  const happen = () => {
    for (const [atMs, region, change] of due.filter(([at]) => at <= nowMs)) {
      states.set(region, { ...states.get(region), ...change });
      due.splice(
        due.findIndex(([at, where, what]) => at === atMs && where === region && what === change),
        1,
      );
    }
  };
  const bucketOf = (id: string) => id.length % BUCKETS;
  const inBucket = (region: string, bucket: number) =>
    Object.entries(states.get(region) ?? {}).filter(([id, state]) => state !== '' && bucketOf(id) === bucket);
  const held: HeldStates = {
    regions: REGIONS,
    async buckets(region) {
      happen();
      const all = Array.from({ length: BUCKETS }, (_, bucket) => inBucket(region, bucket));
      const buckets = all.map((some) => ({ aggregates: some.length, digest: JSON.stringify(some.toSorted()) }));
      return { aggregates: all.flat().length, digest: JSON.stringify(buckets), buckets };
    },
    async aggregates(region, buckets) {
      questions.push(`${region} ${buckets.join()}`);
      return buckets.flatMap((b) => inBucket(region, b)).map(([id, digest]) => ({ id, digest, hlc: 'h' }));
    },
  };
  const patience = {
    ...{ withinMs: 10_000, everyMs: 1_000, nowMs: () => nowMs },
    async pause(ms: number) {
      nowMs += ms;
    },
  };
  return { held, questions, patience, elapsedMs: () => nowMs };
}

describe('one look', () => {
  test('goes from all to the buckets that differ, and into no other one', async () => {
    const { held, questions } = world({ a: '1', bb: '1', ccc: '1' }, [[0, 'eu-west', { bb: '2' }]]);
    const { differences } = await lookAt(held);
    expect(differences).toEqual([
      {
        id: 'bb',
        states: {
          'us-east': { digest: '1', hlc: 'h' },
          'eu-west': { digest: '2', hlc: 'h' },
          'ap-southeast': { digest: '1', hlc: 'h' },
        },
      },
    ]);
    expect(questions).toEqual(REGIONS.map((region) => `${region} 2`));
  });

  test('says where an aggregate is missing altogether', async () => {
    const { held } = world({ a: '1' }, [[0, 'us-east', { a: '' }]]);
    expect((await lookAt(held)).differences).toMatchObject([{ id: 'a', states: { 'us-east': null } }]);
  });

  test('asks for no aggregate where all is equal, and for every one when all are wanted', async () => {
    const { held, questions } = world({ a: '1', bb: '1' });
    expect((await lookAt(held)).differences).toEqual([]);
    expect(questions).toEqual([]);
    expect((await lookAtAll(held)).map(({ id }) => id).sort()).toEqual(['a', 'bb']);
  });
});

describe('regions that are written to', () => {
  test('are equal as soon as what was on its way has arrived, and nothing is named', async () => {
    const { held, patience, elapsedMs } = world({ a: '1' }, [
      [0, 'us-east', { a: '2' }],
      [1_500, 'eu-west', { a: '2' }],
      [2_500, 'ap-southeast', { a: '2' }],
    ]);
    expect(await settledDifferences(held, patience)).toMatchObject({ differences: [], unsettled: [] });
    expect(elapsedMs()).toBe(3_000);
  });

  test('differ in an aggregate that stood still, which is named', async () => {
    const { held, patience } = world({ a: '1', b: '1' }, [[0, 'eu-west', { a: 'lost' }]]);
    const { differences, unsettled } = await settledDifferences(held, patience);
    expect(differences).toMatchObject([{ id: 'a', states: { 'eu-west': { digest: 'lost' } } }]);
    expect(unsettled).toEqual([]);
  });

  test('are not blamed for an aggregate that is written again and again, but it is said', async () => {
    const writes = Array.from({ length: 12 }, (_, i) => [i * 1_000, 'us-east', { a: `${i}` }] as const);
    const { held, patience } = world({ a: '-' }, [
      ...writes.map(([at, region, change]): [number, 'us-east', Held] => [at, region, change]),
      ...writes.map(([at, , change]): [number, 'eu-west', Held] => [at + 1_500, 'eu-west', change]),
      ...writes.map(([at, , change]): [number, 'ap-southeast', Held] => [at + 1_500, 'ap-southeast', change]),
    ]);
    expect(await settledDifferences(held, patience)).toMatchObject({ differences: [], unsettled: ['a'] });
  });

  test('are blamed for one that two of them hold unequally, whatever the third does', async () => {
    const writes = Array.from({ length: 12 }, (_, i): [number, 'us-east', Held] => [
      i * 1_000,
      'us-east',
      { a: `${i}` },
    ]);
    const { held, patience } = world({ a: '-' }, [...writes, [0, 'eu-west', { a: 'stuck' }]]);
    expect((await settledDifferences(held, patience)).differences).toMatchObject([{ id: 'a' }]);
  });
});
