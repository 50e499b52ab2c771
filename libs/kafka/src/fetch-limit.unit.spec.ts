import { expect, it } from 'vitest';
import type { Broker } from './kafkajs-broker.ts';
import { readingUndecoded } from './undecoded-fetch.ts';

const MIB = 1024 * 1024;

/** After which time a fetch of so many bytes is given up, whatever has arrived of its answer. */
function givenUpAfterMs(maxBytes: number, maxWaitMs: number): number | undefined {
  let limitMs: number | undefined;
  const push = ({ requestTimeout }: { requestTimeout: number }) => {
    limitMs = requestTimeout;
  };
  const connection = { failIfNotConnected: () => undefined, nextCorrelationId: () => 1, requestQueue: { push } };
  const broker = { versions: { 1: { maxVersion: 11 } }, connectionPool: { pool: [connection] } } as unknown as Broker;
  void readingUndecoded(broker, [{ topic: 't', partition: 0, fetchOffset: '0', maxBytes }], { maxWaitMs, maxBytes });
  return limitMs;
}

it('a wide fetch has as much longer for its answer as that is larger, and none has less than usual', () => {
  expect(givenUpAfterMs(1, 0)).toBe(4_000);
  expect(givenUpAfterMs(4 * MIB, 1_000)).toBe(5_000);
  expect(givenUpAfterMs(12 * MIB, 1_000)).toBe(13_000);
  expect(givenUpAfterMs(16 * MIB, 1_000)).toBe(17_000);
});
