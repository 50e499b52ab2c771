import type { Tag } from '../store/stored-span.ts';
import type { Attribute } from './otlp-schema.ts';

/** Deeper than anything a person reads in a tag; a body that nests for ever must not exhaust the stack. */
const MOST_LEVELS = 16;

/** A value of OTLP as a tag of Jaeger. Lists and maps become JSON, as Jaeger shows them. */
export function attributeToTag({ key, value }: Attribute): Tag {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value ?? {};
  if (typeof stringValue === 'string') return { key, type: 'string', value: stringValue };
  if (typeof boolValue === 'boolean') return { key, type: 'bool', value: boolValue };
  if (intValue !== undefined) return { key, type: 'int64', value: toInteger(intValue) };
  if (doubleValue !== undefined) {
    const number = Number(doubleValue);
    // JSON has no NaN and no infinity; protobuf writes them as text.
    return Number.isFinite(number)
      ? { key, type: 'float64', value: number }
      : { key, type: 'string', value: String(doubleValue) };
  }
  if (typeof bytesValue === 'string') return { key, type: 'binary', value: bytesValue };
  if (arrayValue !== undefined || kvlistValue !== undefined)
    return { key, type: 'string', value: JSON.stringify(plain(value, MOST_LEVELS)) };
  return { key, type: 'string', value: '' };
}

/** The tags of attributes, sorted by key. */
export function attributesToTags(attributes: readonly Attribute[]): Tag[] {
  return sortedByKey(attributes.map(attributeToTag));
}

export function sortedByKey(tags: Tag[]): Tag[] {
  return tags.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** A 64-bit integer that a number of JavaScript cannot hold stays a text. */
function toInteger(value: unknown): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function plain(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== 'object' || value === null) return null;
  const { arrayValue, kvlistValue, ...scalar } = value as Record<string, { values?: unknown } | null | undefined>;
  if (Array.isArray(arrayValue?.values)) return arrayValue.values.map((v) => plain(v, levels - 1));
  if (Array.isArray(kvlistValue?.values)) {
    const pairs = kvlistValue.values.filter((pair) => typeof pair?.key === 'string');
    pairs.sort((a, b) => (a.key < b.key ? -1 : 1));
    return Object.fromEntries(pairs.map((pair) => [pair.key, plain(pair.value, levels - 1)]));
  }
  if (arrayValue) return [];
  if (kvlistValue) return {};
  const [type, of] = Object.entries(scalar)[0] ?? [];
  return type === 'intValue' ? toInteger(of) : (of ?? null);
}
