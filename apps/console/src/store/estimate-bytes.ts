import type { StoredSpan, Tag } from './stored-span.ts';

/** Of an object or array and what refers to it, in V8 without pointer compression; generous. */
const OBJECT_BYTES = 64;
const STRING_HEADER_BYTES = 24;
const WIDE = /[\u0100-\uffff]/;

/**
 * What a span takes of the heap, counted generously: a bound that is passed is none. What spans share (the process, keys)
 * is counted for each, as the next batch brings a copy of its own.
 */
export function estimateBytes(span: StoredSpan): number {
  const { operation, kind, traceId, spanId, references, tags, logs, process, warnings } = span;
  let bytes = 5 * OBJECT_BYTES + sizeOf(operation) + sizeOf(kind) + sizeOf(traceId) + sizeOf(spanId);
  for (const of of references) bytes += OBJECT_BYTES + sizeOf(of.traceId) + sizeOf(of.spanId);
  bytes += sizeOfTags(tags);
  for (const log of logs) bytes += 2 * OBJECT_BYTES + sizeOfTags(log.fields);
  bytes += 2 * OBJECT_BYTES + sizeOf(process.serviceName) + sizeOfTags(process.tags);
  for (const warning of warnings) bytes += sizeOf(warning);
  return bytes;
}

function sizeOfTags(tags: readonly Tag[]): number {
  let bytes = 0;
  for (const { key, value } of tags)
    bytes += OBJECT_BYTES + sizeOf(key) + (typeof value === 'string' ? sizeOf(value) : STRING_HEADER_BYTES);
  return bytes;
}

/** One byte a character, or two as soon as one of them is not Latin-1. */
function sizeOf(text: string): number {
  return STRING_HEADER_BYTES + (WIDE.test(text) ? 2 * text.length : text.length);
}
