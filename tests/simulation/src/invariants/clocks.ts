import { parseHlc } from '@meridian/hlc';
import type { Invariant } from './invariant.ts';

/** The bound of libs/hlc, and 1 ms for a counter that is full. */
const MAX_AHEAD_MS = 501;

/** I13: skew breaks no causality, and what is too far ahead is not merged. */
export function clocks(): Invariant {
  const given = new Set<string>();
  return {
    name: 'I13 clocks',
    observe(seen) {
      if (seen.kind === 'joined') {
        const aheadMs = parseHlc(seen.hlc).wallMs - seen.wallMs;
        if (aheadMs > MAX_AHEAD_MS)
          return `${seen.region} joined ${seen.key} of ${seen.hlc}, ${aheadMs} ms ahead of its clock`;
      }
      if (seen.kind !== 'stamped') return undefined;
      if (given.has(`${seen.service} ${seen.hlc}`)) return `two writes of ${seen.service} are stamped ${seen.hlc}`;
      given.add(`${seen.service} ${seen.hlc}`);
      if (seen.after !== undefined && seen.hlc <= seen.after)
        return `${seen.region} changed ${seen.key} of ${seen.after} by a write stamped ${seen.hlc}`;
      return undefined;
    },
  };
}
