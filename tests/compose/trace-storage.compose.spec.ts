import { compose, composeSet, meridianJson, spansOf } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { afterAll, expect, it } from 'vitest';

/** What a trace has when it is there; a Jaeger that starts answers nothing at first. */
const isThere = (traceId: string) =>
  eventually(async () => expect((await spansOf(traceId)).length).toBeGreaterThan(0), { withinMs: 30_000 });

async function tracedOrder(): Promise<string> {
  const { steps } = await meridianJson('order', '--from', 'Dublin');
  await isThere(steps[0].traceId);
  return steps[0].traceId;
}

afterAll(() => composeSet({}, 'jaeger'));

it('JAEGER_STORAGE=badger: traces outlive the process and the container of Jaeger', async () => {
  await composeSet({ JAEGER_STORAGE: 'badger' }, 'jaeger');
  const traceId = await tracedOrder();
  await compose('restart', 'jaeger');
  await isThere(traceId);
  await compose('rm', '--stop', '--force', 'jaeger');
  await composeSet({ JAEGER_STORAGE: 'badger' }, 'jaeger');
  await isThere(traceId);
});
