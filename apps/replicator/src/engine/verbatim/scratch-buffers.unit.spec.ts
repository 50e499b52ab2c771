import { expect, it } from 'vitest';
import { ScratchBuffers } from './scratch-buffers.ts';

const [A_LITTLE, TOO_MUCH] = [1_000, 2_000_000];

function bufferOf(scratch: ScratchBuffers, bytes: number): Promise<ArrayBufferLike> {
  return scratch.with(async (room) => {
    const { buffer } = room(bytes);
    await Promise.resolve();
    return buffer;
  });
}

it('room is given again once what it was taken for is done', async () => {
  const scratch = new ScratchBuffers();
  const first = await bufferOf(scratch, A_LITTLE);
  expect(await bufferOf(scratch, A_LITTLE)).toBe(first);
});

it('two that work at the same time have room of their own', async () => {
  const scratch = new ScratchBuffers();
  const [one, other] = await Promise.all([bufferOf(scratch, A_LITTLE), bufferOf(scratch, A_LITTLE)]);
  expect(one).not.toBe(other);
});

it('room of work that has failed is never given again: what was sent of it may be sent again yet', async () => {
  const scratch = new ScratchBuffers();
  let failed: ArrayBufferLike | undefined;
  const failing = scratch.with(async (room) => {
    failed = room(A_LITTLE).buffer;
    throw new Error('not acknowledged before the end');
  });
  await expect(failing).rejects.toThrow();
  expect(await bufferOf(scratch, A_LITTLE)).not.toBe(failed);
});

it('more than a buffer holds is made for the occasion', async () => {
  const scratch = new ScratchBuffers();
  const first = await bufferOf(scratch, TOO_MUCH);
  expect(first.byteLength).toBe(TOO_MUCH);
  expect(await bufferOf(scratch, A_LITTLE)).not.toBe(first);
});
