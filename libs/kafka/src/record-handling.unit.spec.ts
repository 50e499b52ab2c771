import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import type { IncomingRecord } from './record.ts';
import { handleRecord, type RecordHandling } from './record-handling.ts';
import type { RecordProducer } from './types.ts';

const record: IncomingRecord = {
  ...{ topic: 'orders.v1', partition: 0, offset: '7', key: null, value: null, timestampMs: 0 },
  ...{ headers: {}, rawHeaders: [] },
};

/** Poison at the first try, whose dead letter is sent as `send` does. */
const poison = (send: () => Promise<void>): RecordHandling => ({
  groupId: 'test',
  onRecord: () => Promise.reject(new Error('poison')),
  maxAttempts: 1,
  deadLetters: async () => ({ send }) as unknown as RecordProducer,
  logger: undefined,
});

it('a dead letter leaves nothing behind on the signal, which lives as long as the consumer', async () => {
  const consumer = new AbortController();
  const failures = [new Error('refused')];
  const send = () => (failures.length > 0 ? Promise.reject(failures.shift()) : Promise.resolve());
  expect(await handleRecord(record, poison(send), consumer.signal)).toBe(true);
  expect(getEventListeners(consumer.signal, 'abort')).toEqual([]);
});

it('a dead letter that waits for its cluster does not hold up the end of the consumer', async () => {
  const consumer = new AbortController();
  const sending = Promise.withResolvers<void>();
  const handled = handleRecord(
    record,
    poison(() => {
      sending.resolve();
      return new Promise(() => undefined);
    }),
    consumer.signal,
  );
  await sending.promise;
  consumer.abort();
  expect(await handled).toBe(false);
});
