import { expect, it } from 'vitest';
import { warmUp } from './warm-up.ts';

const measures = (...all: number[]) => {
  const left = [...all];
  return async () => left.shift() as number;
};

it('goes on while it gets quicker, and ends when it did not twice in a row', async () =>
  expect(await warmUp(measures(150, 36, 15, 12, 11.5, 12, 5), 10)).toEqual([150, 36, 15, 12, 11.5, 12]));

it('is not ended by one window that was slow by chance', async () =>
  expect(await warmUp(measures(150, 160, 15, 14, 15, 1), 10)).toEqual([150, 160, 15, 14, 15]));

it('is not ended by getting quicker a little each time', async () =>
  expect(await warmUp(measures(100, 92, 84, 76, 76, 1), 10)).toEqual([100, 92, 84, 76, 76]));

it('ends all the same where it never settles', async () =>
  expect(await warmUp(measures(64, 32, 16, 8, 4), 4)).toEqual([64, 32, 16, 8]));
