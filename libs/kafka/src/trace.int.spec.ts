import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { currentTraceparent } from '@meridian/telemetry';
import { eventually } from '@meridian/testing';
import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { RecordProducer, RunningConsumer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const UNSAMPLED = SAMPLED.replace(/01$/, '00');

interface Seen {
  span: Span | undefined;
  traceparent: string | undefined;
}
let topic: string;
let producer: RecordProducer;
let consumer: RunningConsumer;
let seen: Map<string, Seen>;

beforeEach(async () => {
  topic = `eu-west.orders.${randomUUID()}`;
  seen = new Map();
  await ensureTopics(kafka, [
    { topic, partitions: 1 },
    { topic: `${topic}.dlq`, partitions: 1 },
  ]);
  producer = await kafka.producer();
  consumer = await kafka.consume({
    groupId: topic,
    topics: [topic],
    maxAttempts: 1,
    async onRecord({ key }) {
      // Behind an await, as it would be in a handler.
      await new Promise((resolve) => setImmediate(resolve));
      seen.set(String(key), { span: trace.getActiveSpan(), traceparent: currentTraceparent() });
      if (String(key) === 'poison') throw new TypeError('cannot read this');
    },
  });
});
afterEach(() => Promise.all([producer.close(), consumer.close()]));

async function handle(key: string, headers: Record<string, string>): Promise<Seen> {
  await producer.send(topic, [{ key, value: '', headers }]);
  return eventually(
    () => {
      const found = seen.get(key);
      if (!found) throw new Error('not handled yet');
      return found;
    },
    { withinMs: 10_000 },
  );
}

it('a record of a recorded trace is handled inside a span of that trace', async () => {
  const { span } = await handle('order-1', { traceparent: SAMPLED });
  expect(span).toMatchObject({
    name: `process ${topic}`,
    kind: SpanKind.CONSUMER,
    parentSpanContext: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' },
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': '0',
      'messaging.kafka.offset': 0,
      'messaging.kafka.message.key': 'order-1',
      'messaging.consumer.group.name': topic,
    },
  });
  await eventually(() => expect(span).toMatchObject({ ended: true, status: { code: SpanStatusCode.UNSET } }), {
    withinMs: 1_000,
  });
});

it('a trace that is not recorded costs no span and is handed on all the same', async () => {
  const { span, traceparent } = await handle('order-2', { traceparent: UNSAMPLED });
  expect(span?.isRecording()).toBe(false);
  expect(traceparent).toBe(UNSAMPLED);
});

it('a record without a trace begins none', async () => {
  expect(await handle('order-3', {})).toEqual({ span: undefined, traceparent: undefined });
  expect(await handle('order-4', { traceparent: 'nonsense' })).toEqual({ span: undefined, traceparent: undefined });
});

it('the span of a dead letter says that it failed, and of what kind the failure was', async () => {
  const { span } = await handle('poison', { traceparent: SAMPLED });
  await eventually(
    () =>
      expect(span).toMatchObject({
        ended: true,
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'error.type': 'TypeError' },
      }),
    { withinMs: 5_000 },
  );
});
