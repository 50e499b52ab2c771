import { isDeepStrictEqual } from 'node:util';
import type { RegionId, RoutingTable } from '@meridian/regions';

/** What an operator was told who asked for an epoch; without a status when no answer came. */
export interface ToldOutcome {
  at: RegionId;
  status: number | undefined;
  /** Its `reason`, or what else was said. */
  why: string | undefined;
  table: RoutingTable | undefined;
  /** Wall clock, in milliseconds. */
  askedAtMs: number;
  toldAtMs: number;
}

export interface DecisionsVerdict {
  /** Answers that were neither the epoch nor, plainly, that it is none. */
  unclear: string[];
  /** Told as decided and not what was, or told as not begun and decided after all. */
  untrue: string[];
  /** Epochs of which two regions know different tables. */
  twice: string[];
}

/**
 * I8, once all regions are back. `decided` is what the control of each has noted, by epoch. A table says when it was proposed,
 * by the wall clock of one machine: one that came of a command was proposed between its question and its answer.
 */
export function judgeDecisions(
  told: readonly ToldOutcome[],
  decided: Readonly<Record<RegionId, ReadonlyMap<number, RoutingTable>>>,
): DecisionsVerdict {
  const verdict: DecisionsVerdict = { unclear: [], untrue: [], twice: [] };
  const tables = Object.values(decided).flatMap((known) => [...known.values()]);
  for (const { at, status, why, table, askedAtMs, toldAtMs } of told) {
    // 409: it is so already, or another table has come before; either says what holds.
    const isRefused = status === 409 || (status === 503 && (why === 'NotBegun' || why === 'MayStillWin'));
    if (status === 200 && table) {
      if (!tables.some((known) => isDeepStrictEqual(known, table)))
        verdict.untrue.push(`${at} told epoch ${table.epoch} ("${table.reason}"), which no region knows`);
    } else if (!isRefused) verdict.unclear.push(`${at} answered ${status ?? 'nothing'}: ${why ?? 'no reason'}`);
    const born = tables.find(({ decidedAtMs }) => decidedAtMs >= askedAtMs && decidedAtMs <= toldAtMs);
    if (why === 'NotBegun' && born)
      verdict.untrue.push(`${at} told that nothing was begun, and epoch ${born.epoch} is: ${born.reason}`);
  }
  for (const [epoch, known] of Map.groupBy(tables, (table) => table.epoch)) {
    const others = known.filter((table) => !isDeepStrictEqual(table, known[0]));
    if (others.length > 0) verdict.twice.push(`epoch ${epoch} is "${known[0]?.reason}" and "${others[0]?.reason}"`);
  }
  return verdict;
}
