import { describe, expect, it } from 'vitest';
import { otlpRequest } from './otlp-schema.ts';
import { otlpToSpans } from './otlp-to-spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const sent = { traceId: TRACE, spanId: '00f067aa0ba902b7', name: 'x', startTimeUnixNano: '0', endTimeUnixNano: '0' };

function read(...spans: unknown[]) {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'order' } }] };
  return otlpToSpans(otlpRequest.parse({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
}
const one = (span: object) => read({ ...sent, ...span }).spans[0];
const tagsOf = (attributes: object[]) => one({ attributes })?.tags;

describe('times', () => {
  it('keep every µs: a time in nanoseconds is more than a number can hold', () => {
    const startTimeUnixNano = '1795600000123456999';
    expect(Number(startTimeUnixNano) / 1_000).not.toBe(1_795_600_000_123_456);
    expect(one({ startTimeUnixNano, endTimeUnixNano: '1795600000123458998' })).toMatchObject({
      startUs: 1_795_600_000_123_456,
      // 1,999 ns, not the difference of two rounded times.
      durationUs: 1,
    });
  });

  it('may be numbers, as protobuf allows', () =>
    expect(one({ startTimeUnixNano: 5_000, endTimeUnixNano: 9_000 })).toMatchObject({ startUs: 5, durationUs: 4 }));

  it('that run backwards give a duration of 0 and a warning', () => {
    expect(one({ startTimeUnixNano: '9000', endTimeUnixNano: '5000' })).toMatchObject({
      durationUs: 0,
      warnings: [expect.stringContaining('ended before it began')],
    });
    expect(one({ startTimeUnixNano: '9000', endTimeUnixNano: '9000' })?.warnings).toEqual([]);
  });
});

describe('references', () => {
  const other = { traceId: '0'.repeat(31).concat('a'), spanId: '000000000000000b' };

  it('are the parent, then the links', () => {
    expect(one({ parentSpanId: '1111111111111111', links: [other] })?.references).toEqual([
      { refType: 'CHILD_OF', traceId: TRACE, spanId: '1111111111111111' },
      { refType: 'FOLLOWS_FROM', ...other },
    ]);
  });

  it('hold the parent once, also when it is linked, too', () => {
    const links = [{ traceId: TRACE, spanId: '1111111111111111' }];
    expect(one({ parentSpanId: '1111111111111111', links })?.references).toEqual([
      { refType: 'FOLLOWS_FROM', traceId: TRACE, spanId: '1111111111111111' },
    ]);
  });

  it('are none for a root, whether its parent is absent or empty', () => {
    expect(one({})?.references).toEqual([]);
    expect(one({ parentSpanId: '' })?.references).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['an id that is not hex', { traceId: 'S/kvNXezTaajzpKdDg5HNg==' }],
    ['an id of zeros', { spanId: '0000000000000000' }],
    ['a time that is none', { startTimeUnixNano: 'yesterday' }],
    ['no time', { endTimeUnixNano: undefined }],
    ['a negative time', { startTimeUnixNano: -1 }],
    ['attributes that are no list', { attributes: { a: 1 } }],
  ])('costs a span with %s, and not its neighbours', (_what, members) => {
    const { spans, rejected, reason } = read({ ...sent, ...members }, sent);
    expect(spans).toHaveLength(1);
    expect(rejected).toBe(1);
    expect(reason).toContain(Object.keys(members)[0]);
  });

  it('also a span that is none at all', () => expect(read(sent, 'span', null).rejected).toBe(2));
});

describe('attributes', () => {
  it('keep a 64-bit integer whole, as text where a number would round it', () =>
    expect(
      tagsOf([
        { key: 'a', value: { intValue: '9007199254740993' } },
        { key: 'b', value: { intValue: '200' } },
      ]),
    ).toEqual([
      { key: 'a', type: 'int64', value: '9007199254740993' },
      { key: 'b', type: 'int64', value: 200 },
    ]));

  it('do not exhaust the stack, however deep they nest', () => {
    let value: object = { stringValue: 'deep' };
    for (let i = 0; i < 20_000; i += 1) value = { arrayValue: { values: [value] } };
    expect(tagsOf([{ key: 'a', value }])?.[0]?.value).toMatch(/^\[+null\]+$/);
  });

  it('that are not a number in JSON stay text', () =>
    expect(tagsOf([{ key: 'a', value: { doubleValue: 'NaN' } }])).toEqual([
      { key: 'a', type: 'string', value: 'NaN' },
    ]));

  it('of shapes that OTLP does not know become an empty text', () =>
    expect(tagsOf([{ key: 'a', value: { newValue: 1 } }, { key: 'b' }])?.map((t) => t.value)).toEqual(['', '']));
});

it('a process without a name is called what Jaeger calls it', () => {
  const { spans } = otlpToSpans(otlpRequest.parse({ resourceSpans: [{ scopeSpans: [{ spans: [sent] }] }] }));
  expect(spans[0]?.process.serviceName).toBe('missing-service-name');
});
