import type { Edit } from './edit.ts';

/** An edit of the register `it`. */
export function edit<Value>(
  region: string,
  value: Value,
  startedAtMs: number,
  endedAtMs: number,
  outcome: Edit['outcome'] = 'ok',
): Edit<Value> {
  return { region, register: 'it', value, startedAtMs, endedAtMs, outcome, putOff: 0 };
}
export const held = <Value>(value: Value) => new Map([['it', value]]);
