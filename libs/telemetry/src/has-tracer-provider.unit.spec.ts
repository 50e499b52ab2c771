import { trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { hasTracerProvider } from './has-tracer-provider.ts';
import { tracer } from './in-span.ts';

afterEach(() => trace.disable());

it('there is a provider from when one is registered until it is taken away, whoever asked for a tracer before', () => {
  tracer('early').startSpan('nobody keeps it').end();
  expect(hasTracerProvider()).toBe(false);
  trace.setGlobalTracerProvider({ getTracer: () => tracer('late') });
  expect(hasTracerProvider()).toBe(true);
  trace.disable();
  expect(hasTracerProvider()).toBe(false);
});
