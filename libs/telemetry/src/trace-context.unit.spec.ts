import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { contextFromTraceparent, isSampled, parseTraceparent } from './index.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it('is read as the W3C writes it', () =>
    expect(parseTraceparent(`00-${ID}-${SPAN}-01`)).toEqual({
      traceId: ID,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    }));

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${ID}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${ID.toUpperCase()}-${SPAN}-01`],
    ['a forbidden version', `ff-${ID}-${SPAN}-01`],
    ['too much', `00-${ID}-${SPAN}-01-x`],
    ['something else', 'hello\r\nx: y'],
  ])('starts a new trace from %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
    expect(contextFromTraceparent(text)).toBe(ROOT_CONTEXT);
    expect(isSampled(text)).toBe(false);
  });

  it('is read also from a later version, which may append fields', () =>
    expect(parseTraceparent(`01-${ID}-${SPAN}-01-extra`)?.traceId).toBe(ID));

  it('keeps of the flags only the one that is known', () => {
    expect(isSampled(`00-${ID}-${SPAN}-03`)).toBe(true);
    expect(isSampled(`00-${ID}-${SPAN}-02`)).toBe(false);
  });

  it('does not take over the span that happens to be active', () => {
    const other = trace.setSpanContext(context.active(), { traceId: '1'.repeat(32), spanId: SPAN, traceFlags: 1 });
    context.with(other, () =>
      expect(trace.getSpanContext(contextFromTraceparent(`00-${ID}-${SPAN}-01`))?.traceId).toBe(ID),
    );
  });
});
