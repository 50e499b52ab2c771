/**
 * The reading of a hybrid logical clock, as it travels in events and stands in rows.
 *
 * A reading is a string whose alphabetical order is the order of the clock, so that SQL, JSON and JavaScript compare it
 * without knowing what it is: the wall part in 15 digits (enough until the year 33658), the counter in 4 hex digits,
 * and the region, which makes readings of different regions differ and breaks ties the same way everywhere.
 */
export type Hlc = string;

export interface HlcParts {
  /** Milliseconds since 1970, whole. */
  wallMs: number;
  /** Counts the readings within one wall part, 0 to 65,535. */
  counter: number;
  region: string;
}

export const MAX_WALL_MS = 999_999_999_999_999;
export const MAX_COUNTER = 0xffff;

const READING = /^(\d{15})-([0-9a-f]{4})-([a-z0-9-]+)$/;
const REGION = /^[a-z0-9-]+$/;

/** Throws when a part does not fit its place, as the string order would then be wrong. */
export function formatHlc({ wallMs, counter, region }: HlcParts): Hlc {
  if (!Number.isInteger(wallMs) || wallMs < 0 || wallMs > MAX_WALL_MS)
    throw new Error(`The wall part of an HLC is whole milliseconds in at most 15 digits, not ${wallMs}.`);
  if (!Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER)
    throw new Error(`The counter of an HLC is a whole number from 0 to ${MAX_COUNTER}, not ${counter}.`);
  if (!REGION.test(region)) throw new Error(`"${region}" cannot stand in an HLC as a region.`);
  return `${String(wallMs).padStart(15, '0')}-${counter.toString(16).padStart(4, '0')}-${region}`;
}

/** Throws when the text is not a reading. */
export function parseHlc(hlc: Hlc): HlcParts {
  const [, wall, counter, region] = READING.exec(hlc) ?? [];
  if (wall === undefined || counter === undefined || region === undefined)
    throw new Error(`"${hlc}" is not a hybrid logical clock reading.`);
  return { wallMs: Number(wall), counter: Number.parseInt(counter, 16), region };
}

/** -1 when `a` is the earlier reading. Total: only a reading itself is equal to it. */
export function compareHlc(a: Hlc, b: Hlc): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The latest of some readings; undefined when there is none. */
export function latestHlcOf(readings: Iterable<Hlc>): Hlc | undefined {
  let latest: Hlc | undefined;
  for (const reading of readings) if (latest === undefined || compareHlc(latest, reading) < 0) latest = reading;
  return latest;
}
