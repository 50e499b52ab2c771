import { usageFault } from '../command-failure.ts';

const LONGEST_MS = 600_000;

export function positiveMs(name: string, text: string, least = 1): number {
  const ms = Number(text);
  if (text.trim() !== '' && Number.isFinite(ms) && ms >= least && ms <= LONGEST_MS) return ms;
  throw usageFault(`${name} is a number of milliseconds from ${least} to ${LONGEST_MS}, not "${text}".`);
}
