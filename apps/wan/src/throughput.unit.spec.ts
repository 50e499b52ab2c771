import { expect, test } from 'vitest';
import { measureThroughput } from './measure/measure-link.ts';

/**
 * By CPU time of the link's process alone: a rate would measure how busy the machine is with other things, its sender and
 * receiver included. `npm run bench -w @meridian/wan` prints both.
 */
test('one core moves at least 200 MB/s over a link without delay', { timeout: 30_000 }, async () => {
  const { megabytesPerCpuSecond } = await measureThroughput(400);
  expect(megabytesPerCpuSecond).toBeGreaterThanOrEqual(200);
});
