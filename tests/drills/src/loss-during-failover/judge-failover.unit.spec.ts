import { firstRoutingTable } from '@meridian/regions';
import { expect, test } from 'vitest';
import { judgeFailover } from './judge-failover.ts';

const at = (epoch: number) => ({ ...firstRoutingTable(['a', 'b', 'c']), epoch });

test('what was told to be decided is known later, or a later epoch is built upon it', () => {
  expect(judgeFailover({ status: 200, epoch: 4, why: undefined }, [at(4), at(5)])).toEqual([]);
  expect(judgeFailover({ status: 200, epoch: 4, why: undefined }, [at(4), at(3)])).toEqual([
    'told epoch 4, later there is 3',
  ]);
});

test('that it cannot be decided is said with its reason', () => {
  for (const why of ['NotBegun', 'MayStillWin'])
    expect(judgeFailover({ status: 503, epoch: undefined, why }, [at(3)])).toEqual([]);
});

test('silence is no answer, and an error is no reason', () => {
  expect(judgeFailover({ status: undefined, epoch: undefined, why: 'aborted' }, [at(3)])).toHaveLength(1);
  expect(judgeFailover({ status: 500, epoch: undefined, why: undefined }, [at(3)])).toHaveLength(1);
});
