import { parseDuration } from './parse-duration.ts';
import type { Search } from './search.ts';

export type ParsedSearch = { ok: true; search: Search } | { ok: false; reason: string };

const DEFAULT_LIMIT = 100;
const DEFAULT_LOOKBACK_US = 48 * 3_600_000_000;

/** The query of `/api/traces`, with Jaeger's parameters and defaults, and Jaeger's words where it refuses. */
export function parseSearch(query: URLSearchParams, nowUs: number): ParsedSearch {
  const faults: string[] = [];
  const given = (name: string) => query.get(name) || undefined;
  const integer = (name: string): number | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    if (!/^-?\d{1,16}$/.test(text)) faults.push(`unable to parse param '${name}': "${text}" is not an integer`);
    return Number(text);
  };
  const duration = (name: string): number | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    const us = parseDuration(text);
    if (us === undefined) faults.push(`unable to parse param '${name}': "${text}" is not a duration such as 1.5ms`);
    return us;
  };

  const service = given('service');
  if (service === undefined) faults.push("parameter 'service' is required");
  const tags = parseTags(query, faults);
  const toUs = integer('end') ?? nowUs;
  // `custom` is what Jaeger's page sends along with a start and an end.
  const lookback = given('lookback') === 'custom' ? undefined : duration('lookback');
  const fromUs = integer('start') ?? toUs - (lookback ?? DEFAULT_LOOKBACK_US);
  const minDurationUs = duration('minDuration');
  const maxDurationUs = duration('maxDuration');
  if (minDurationUs !== undefined && maxDurationUs !== undefined && maxDurationUs < minDurationUs)
    faults.push("'maxDuration' should be greater than 'minDuration'");
  const limit = integer('limit') ?? DEFAULT_LIMIT;
  if (limit < 1) faults.push("'limit' should be greater than 0");

  const [reason] = faults;
  if (reason !== undefined || service === undefined) return { ok: false, reason: reason ?? '' };
  return {
    ok: true,
    search: { service, operation: given('operation'), tags, fromUs, toUs, minDurationUs, maxDurationUs, limit },
  };
}

/** `tag=key:value`, any number of times, and `tags={"key":"value"}`. */
function parseTags(query: URLSearchParams, faults: string[]): Map<string, string> {
  const tags = new Map<string, string>();
  for (const tag of query.getAll('tag')) {
    const colon = tag.indexOf(':');
    if (colon === -1) faults.push(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    else tags.set(tag.slice(0, colon), tag.slice(colon + 1));
  }
  for (const json of query.getAll('tags')) {
    try {
      for (const [key, value] of Object.entries(JSON.parse(json) as object)) {
        if (typeof value !== 'string') throw new TypeError('not a text');
        tags.set(key, value);
      }
    } catch {
      faults.push(`malformed 'tags' parameter, expecting {"key":"value"}, received: ${json}`);
    }
  }
  return tags;
}
