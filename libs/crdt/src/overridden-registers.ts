import { compareHlc } from '@meridian/hlc';
import { concurrentRegisters, type Register } from './register.ts';
import { sameJson } from './same-json.ts';

export interface Overridden {
  field: string;
  lost: Register<unknown>;
  won: Register<unknown>;
}

type Fields = Readonly<Record<string, Register<unknown> | undefined>>;

/**
 * What joining the two discards although its author's successor had not seen it: the entries of a conflict ledger. To be
 * asked with what is stored and what has arrived, before the two are joined; afterwards each has seen the other.
 *
 * Precise over all regions together: never an entry where one author had seen the other's write, and one for each write
 * that nobody replaced knowingly, in the first region that brings it together with what it loses to. Others may not report
 * it again, if they learn of both from that region's state. Two equal values are no loss.
 */
export function overriddenRegisters(a: Fields, b: Fields): Overridden[] {
  const there = new Map(Object.entries(b));
  const overridden: Overridden[] = [];
  for (const [field, x] of Object.entries(a)) {
    const y = there.get(field);
    if (x === undefined || y === undefined || !concurrentRegisters(x, y) || sameJson(x.value, y.value)) continue;
    const [lost, won] = compareHlc(x.hlc, y.hlc) < 0 ? [x, y] : [y, x];
    overridden.push({ field, lost, won });
  }
  return overridden;
}
