import { expect, test } from 'vitest';
import { bytesByPurpose, flowsOf, type LinkMeter } from './meters.ts';

const meter = (
  from: string,
  to: string,
  bytesOut: number,
  bytesIn: number,
  purpose: LinkMeter['purpose'] = 'replication',
) => ({
  id: `${from}->${to}/kafka`,
  from,
  to,
  purpose,
  bytesOut,
  bytesIn,
});

test('a flow is what left one place for another, whichever side opened the connections', () => {
  expect(flowsOf([meter('a', 'b', 1, 10), meter('b', 'a', 100, 1_000)])).toEqual([
    { from: 'a', to: 'b', purpose: 'replication', bytes: 1_001 },
    { from: 'b', to: 'a', purpose: 'replication', bytes: 110 },
  ]);
});

test('purposes are paid for apart', () => {
  const meters = [meter('a', 'b', 1, 2), meter('a', 'b', 4, 0, 'call')];
  expect(flowsOf(meters).map((f) => [f.purpose, f.bytes])).toEqual([
    ['replication', 1],
    ['replication', 2],
    ['call', 4],
  ]);
  expect(bytesByPurpose(meters)).toEqual({ replication: 3, call: 4 });
});
