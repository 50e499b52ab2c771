import { expect, test } from 'vitest';
import { type JaegerSpan, readSpans } from './jaeger-trace.ts';

const span = (spanID: string, references: JaegerSpan['references']): JaegerSpan => ({
  traceID: 'a',
  spanID,
  operationName: spanID,
  references,
  startTime: 0,
  duration: 1,
  processID: 'p',
});
const parentOf = (references: JaegerSpan['references']) =>
  readSpans({ traceID: 'a', spans: [span('s', references)], processes: { p: { serviceName: 'order' } } })[0]?.parentId;

test('a span that points at its parent is its child, though Jaeger calls that FOLLOWS_FROM', () => {
  expect(parentOf([{ refType: 'FOLLOWS_FROM', traceID: 'a', spanID: 'parent' }])).toBe('parent');
});

test('a parent is preferred to another span of the trace that is pointed at, in whichever order', () => {
  const [follows, child] = [
    { refType: 'FOLLOWS_FROM', traceID: 'a', spanID: 'other' },
    { refType: 'CHILD_OF', traceID: 'a', spanID: 'parent' },
  ];
  expect(parentOf([follows, child])).toBe('parent');
});

test('a span that points into another trace is no child there', () => {
  expect(parentOf([{ refType: 'FOLLOWS_FROM', traceID: 'b', spanID: 'sender' }])).toBeUndefined();
});
