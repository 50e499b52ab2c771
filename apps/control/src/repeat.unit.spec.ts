import { expect, it } from 'vitest';
import { repeat } from './repeat.ts';

const NEVER_MS = 3_600_000;
const started = () => {
  const seen: number[] = [];
  let next = Promise.withResolvers<void>();
  const repetition = repeat({
    async work() {
      seen.push(seen.length);
      next.resolve();
      next = Promise.withResolvers();
    },
    failed: () => undefined,
    everyMs: () => NEVER_MS,
  });
  return { seen, repetition, another: () => next.promise };
};

it('who is in a hurry does not wait for the end of a pause', async () => {
  const { seen, repetition, another } = started();
  await new Promise(setImmediate);
  const second = another();
  repetition.hurry();
  await second;
  expect(seen).toEqual([0, 1]);
  await repetition.stop();
});

it('stops in the midst of a pause, and begins nothing any more', async () => {
  const { seen, repetition } = started();
  await new Promise(setImmediate);
  await repetition.stop();
  repetition.hurry();
  await new Promise(setImmediate);
  expect(seen).toEqual([0]);
});
