import { trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { areSpansKept } from './are-spans-kept.ts';
import { tracer } from './in-span.ts';

afterEach(() => trace.disable());

it('spans are kept as soon as there is an SDK, also by tracers that were asked for before', () => {
  tracer('early').startSpan('nobody keeps it').end();
  expect(areSpansKept()).toBe(false);
  trace.setGlobalTracerProvider({ getTracer: () => tracer('late') });
  expect(areSpansKept()).toBe(true);
  trace.disable();
  expect(areSpansKept()).toBe(false);
});
