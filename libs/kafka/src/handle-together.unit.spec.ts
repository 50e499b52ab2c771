import { describe, expect, it } from 'vitest';
import { handleTogether } from './handle-together.ts';
import type { IncomingRecord } from './record.ts';

const record = (offset: number, bytes = 10): IncomingRecord => ({
  ...{
    topic: 'orders.v1',
    partition: 0,
    offset: String(offset),
    key: null,
    value: Buffer.alloc(bytes),
    timestampMs: 0,
  },
  ...{ headers: {}, rawHeaders: [] },
});
const records = (count: number, bytes?: number) => Array.from({ length: count }, (_, i) => record(i, bytes));
const given: number[] = [];
const together = (handle: (count: number) => number) => {
  given.length = 0;
  return {
    ...{ groupId: 'test', logger: undefined },
    handle: async ({ length }: { length: number }) => {
      given.push(length);
      return handle(length);
    },
  };
};

describe('records that were read together', () => {
  it('are handled at once, a hundred at most', async () => {
    const all = together((count) => count);
    expect(await handleTogether(records(7), all)).toEqual({ handled: 7, thenAlone: 0 });
    expect(await handleTogether(records(250), all)).toEqual({ handled: 100, thenAlone: 0 });
  });

  it('are fewer where they are large, and one that is too large for company is handled alone', async () => {
    const all = together((count) => count);
    expect(await handleTogether(records(50, 100_000), all)).toEqual({ handled: 2, thenAlone: 0 });
    expect(await handleTogether(records(3, 300_000), all)).toEqual({ handled: 0, thenAlone: 1 });
    expect(given).toEqual([2]);
  });

  it('are handled alone where there is one, or nobody who can handle several', async () => {
    expect(
      await handleTogether(
        records(1),
        together((count) => count),
      ),
    ).toEqual({ handled: 0, thenAlone: 1 });
    expect(given).toEqual([]);
    const nobody = { groupId: 'test', handle: undefined, logger: undefined };
    expect(await handleTogether(records(7), nobody)).toEqual({ handled: 0, thenAlone: 7 });
  });

  it('are handled alone one by one where it failed, and only the next one where some were left', async () => {
    const failing = together(() => {
      throw new Error('a row changed meanwhile');
    });
    expect(await handleTogether(records(7), failing)).toEqual({ handled: 0, thenAlone: 7 });
    expect(
      await handleTogether(
        records(7),
        together(() => 3),
      ),
    ).toEqual({ handled: 3, thenAlone: 1 });
  });
});
