import type { Place } from '@meridian/regions';
import { CITIES } from './cities.ts';
import { COUNTRIES } from './countries.ts';

/** How a place was named. Coordinates are not written to traces or logs: they can point at a person. */
export type LocationKind = 'city' | 'country' | 'coordinates' | 'default';

export type ClientLocation = { ok: true; place: Place; kind: LocationKind } | { ok: false; detail: string };

type Located = Extract<ClientLocation, { ok: true }>;

const NUMBER = String.raw`[+-]?\d{1,3}(?:\.\d{1,10})?`;
const COORDINATES = new RegExp(`^(${NUMBER})\\s*,\\s*(${NUMBER})$`);
const MAX_LENGTH = 80;

// One object per place, made once: routing caches the ranking of the regions by it.
const BY_NAME = new Map<string, Located>();
for (const [name, [lat, lon]] of Object.entries(CITIES)) BY_NAME.set(name, located('city', lat, lon));
for (const [code, [lat, lon]] of Object.entries(COUNTRIES))
  BY_NAME.set(code.toLowerCase(), located('country', lat, lon));
for (const [alias, name] of [
  ['uk', 'gb'],
  ['nyc', 'new york'],
  ['new delhi', 'delhi'],
  ['bengaluru', 'bangalore'],
  ['saigon', 'ho chi minh city'],
] as const) {
  const same = BY_NAME.get(name);
  if (same) BY_NAME.set(alias, same);
}

/** Reads `x-client-location`: a city of the table, `lat,lon` in degrees, or a country code. */
export function locateClient(header: string): ClientLocation {
  if (header.length > MAX_LENGTH) return refused(`x-client-location is longer than ${MAX_LENGTH} characters.`);
  const known = BY_NAME.get(header) ?? BY_NAME.get(normalise(header));
  if (known) return known;
  const match = COORDINATES.exec(header.trim());
  if (!match)
    return refused(
      `x-client-location names no place that is known here; it is a large city ("Dublin"), a country code ("IE") or "lat,lon" in degrees ("53.35,-6.26").`,
    );
  const lat = Number(match[1]);
  const lon = Number(match[2]);
  if (Math.abs(lat) > 90) return refused('The latitude in x-client-location is not between -90 and 90.');
  if (Math.abs(lon) > 180) return refused('The longitude in x-client-location is not between -180 and 180.');
  return located('coordinates', lat, lon);
}

/** `São_Paulo`, `sao-paulo` and `Sao Paulo` are one name. Node reads header bytes as Latin-1; clients send UTF-8. */
function normalise(header: string): string {
  const text = /[\x80-\xff]/.test(header) ? Buffer.from(header, 'latin1').toString('utf8') : header;
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

function located(kind: LocationKind, lat: number, lon: number): Located {
  return { ok: true, place: { lat, lon }, kind };
}

function refused(detail: string): ClientLocation {
  return { ok: false, detail };
}
