import { envelopeFromHeaders } from '@meridian/contracts';
import { parseTraceparent } from '@meridian/telemetry';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommittedRow } from './outbox-row.ts';
import { toRecords } from './to-records.ts';

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const UNSAMPLED = SAMPLED.replace(/01$/, '00');
const origin = { region: 'eu-west', service: 'order' };
const row: CommittedRow = {
  id: '9',
  tx: '700',
  topic: 'orders.v1',
  key: 'o-1',
  type: 'meridian.order.placed.v1',
  hlc: '000000000000001-0000-eu-west',
  traceparent: null,
  deps: null,
  value: '{"id":"o-1"}',
  committedAt: new Date('2026-11-24T12:00:00.123Z'),
};
const headersOf = (rows: CommittedRow[], first = 41) => {
  const { topics, spans } = toRecords(rows, first, origin, '900', 4);
  for (const span of spans) span.end();
  return topics.flatMap(({ records }) => records.map((record) => record.headers as Record<string, string>));
};

describe('the records of rows', () => {
  it('carry the envelope, numbered from the first sequence on', () => {
    const [first, second] = headersOf([row, { ...row, id: '10', key: 'o-2' }]);
    expect(envelopeFromHeaders(first ?? {})).toEqual({
      id: 'eu-west/order/41',
      source: '/eu-west/order',
      type: row.type,
      subject: 'o-1',
      time: '2026-11-24T12:00:00.123Z',
      originRegion: 'eu-west',
      originSequence: 41,
      hlc: row.hlc,
      transaction: '700',
      horizon: '900',
    });
    expect(second?.ce_originseq).toBe('42');
  });

  it('carry what their author had seen, when that is anything', () => {
    const [without, with_] = headersOf([row, { ...row, deps: 'e30' }]);
    expect(without).not.toHaveProperty('ce_deps');
    expect(with_?.ce_deps).toBe('e30');
  });

  it('promise nothing that is still to come in their partition', () => {
    const rows = [row, { ...row, key: 'o-2', tx: '701' }, { ...row, tx: '702' }, { ...row, tx: '702' }];
    const { topics } = toRecords(rows, 1, origin, '900', 4);
    const records = topics.flatMap((topic) => topic.records);
    expect(records.map(({ partition }) => partition)).toEqual([2, 3, 2, 2]);
    expect(records.map(({ headers }) => (headers as Record<string, string>).ce_horizon)).toEqual([
      '702',
      '900',
      '702',
      '900',
    ]);
  });

  it('are the same whenever they are made again', () => {
    const rows = [row, { ...row, traceparent: UNSAMPLED }];
    expect(toRecords(rows, 7, origin, '9', 4).topics).toEqual(toRecords(rows, 7, origin, '9', 4).topics);
  });

  it('go by topic, in the order of the rows, timed by the commit', () => {
    const { topics } = toRecords([row, { ...row, topic: 'users.v1' }, { ...row, key: 'o-2' }], 1, origin, '900', 4);
    expect(topics.map(({ topic, records }) => [topic, records.map(({ key }) => key)])).toEqual([
      ['orders.v1', ['o-1', 'o-2']],
      ['users.v1', ['o-1']],
    ]);
    expect(topics[0]?.records[0]).toMatchObject({ value: '{"id":"o-1"}', timestampMs: row.committedAt.getTime() });
  });
});

describe('the trace of rows', () => {
  const exporter = new InMemorySpanExporter();
  beforeEach(() => {
    exporter.reset();
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  });
  afterEach(() => trace.disable());

  it('goes on in a span per row, which the record names as its parent', () => {
    const [headers] = headersOf([{ ...row, traceparent: SAMPLED }]);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'send orders.v1', kind: SpanKind.PRODUCER });
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(span?.attributes).toMatchObject({ 'meridian.origin.region': 'eu-west', 'meridian.origin.sequence': 41 });
    expect(parseTraceparent(headers?.traceparent)).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: span?.spanContext().spanId,
      traceFlags: 1,
    });
  });

  it('passes by without a span when it is not recorded', () => {
    expect(headersOf([{ ...row, traceparent: UNSAMPLED }])[0]?.traceparent).toBe(UNSAMPLED);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('does not begin with the publishing', () => {
    expect(headersOf([row])[0]).not.toHaveProperty('traceparent');
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
