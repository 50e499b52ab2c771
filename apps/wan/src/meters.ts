import type { LinkPurpose, WanLink } from '@meridian/regions';

/** What a link's meters show. `bytesOut` left its `from` side, `bytesIn` came back to it. */
export interface LinkMeter extends Pick<WanLink, 'id' | 'from' | 'to' | 'purpose'> {
  bytesOut: number;
  bytesIn: number;
}

/** Bytes that left one place for another, whichever side opened the connections: what a cloud bills as egress. */
export interface Flow {
  from: string;
  to: string;
  purpose: LinkPurpose;
  bytes: number;
}

/** Sums the meters of links into flows, in the order in which they first occur. Flows without a byte are left out. */
export function flowsOf(meters: readonly LinkMeter[]): Flow[] {
  const flows = new Map<string, Flow>();
  const add = (from: string, to: string, purpose: LinkPurpose, bytes: number) => {
    if (bytes === 0) return;
    const key = `${from} ${to} ${purpose}`;
    const flow = flows.get(key) ?? { from, to, purpose, bytes: 0 };
    flow.bytes += bytes;
    flows.set(key, flow);
  };
  for (const { from, to, purpose, bytesOut, bytesIn } of meters) {
    add(from, to, purpose, bytesOut);
    add(to, from, purpose, bytesIn);
  }
  return [...flows.values()];
}

/** Bytes in both directions by purpose. */
export function bytesByPurpose(meters: readonly LinkMeter[]): Partial<Record<LinkPurpose, number>> {
  const totals: Partial<Record<LinkPurpose, number>> = {};
  for (const m of meters) totals[m.purpose] = (totals[m.purpose] ?? 0) + m.bytesOut + m.bytesIn;
  return totals;
}
