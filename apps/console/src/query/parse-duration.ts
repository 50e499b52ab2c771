const US_BY_UNIT: Record<string, number> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g;

/** A duration as Go writes it (`1.5ms`, `1h30m`), and days, in µs. Undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.replace(PART, '') !== '' || text === '') return undefined;
  let us = 0;
  for (const [, amount, unit = ''] of text.matchAll(PART)) us += Number(amount) * (US_BY_UNIT[unit] ?? 0);
  return us;
}
