import { expect, it } from 'vitest';
import type { Broker } from './kafkajs-broker.ts';
import { readingUndecoded } from './undecoded-fetch.ts';

const MIB = 1024 * 1024;

/** After which time a fetch of so many bytes, behind others, is given up, whatever has arrived of its answer. */
function givenUpAfterMs(maxBytes: number, maxWaitMs: number, aheadBytes?: number): number | undefined {
  let limitMs: number | undefined;
  const push = ({ requestTimeout }: { requestTimeout: number }) => {
    limitMs = requestTimeout;
  };
  const connection = { failIfNotConnected: () => undefined, nextCorrelationId: () => 1, requestQueue: { push } };
  const broker = { versions: { 1: { maxVersion: 11 } }, connectionPool: { pool: [connection] } } as unknown as Broker;
  const limits = { maxWaitMs, maxBytes, ...(aheadBytes === undefined ? {} : { aheadBytes }) };
  void readingUndecoded(broker, [{ topic: 't', partition: 0, fetchOffset: '0', maxBytes }], limits);
  return limitMs;
}

it('a fetch has as much longer as there is to come before its answer, and none has less than usual', () => {
  expect(givenUpAfterMs(1, 0)).toBe(4_000);
  expect(givenUpAfterMs(4 * MIB, 1_000)).toBe(5_000);
  expect(givenUpAfterMs(4 * MIB, 0, 4 * MIB)).toBe(8_000);
  expect(givenUpAfterMs(4 * MIB, 0, 12 * MIB)).toBe(16_000);
});
