import { HEARTBEAT } from '../model/relay.ts';
import type { Invariant } from './invariant.ts';

interface Committed {
  row: number;
  key: string;
  version: number;
}

/** I10: every committed change is published, nothing uncommitted is, in per-origin order. */
export function outbox(): Invariant {
  const committed = new Map<number, Committed>();
  const published = new Set<number>();
  /** By source and sequence: the row that has it. */
  const rowOf = new Map<string, number>();
  const lastOf = new Map<string, number>();
  const versionOf = new Map<string, number>();
  return {
    name: 'I10 outbox',
    observe(seen) {
      if (seen.kind === 'committed') committed.set(seen.row, seen);
      if (seen.kind !== 'appended' || seen.record.type === HEARTBEAT || seen.region !== seen.record.originRegion)
        return;
      const { record } = seen;
      const what = committed.get(record.row);
      if (!what) return `${record.source} published ${record.type} of ${record.key}, which is not committed`;
      const numbered = `${record.source}/${record.sequence}`;
      const before = rowOf.get(numbered);
      if (before !== undefined && before !== record.row) return `${numbered} was given to two events`;
      if (before === undefined && published.has(record.row)) return `one event was published twice, and as ${numbered}`;
      if (before !== undefined) return;
      rowOf.set(numbered, record.row);
      published.add(record.row);
      const of = `${record.source} ${record.key}`;
      if ((versionOf.get(of) ?? 0) > what.version)
        return `${of} was published at version ${what.version} after a later one`;
      versionOf.set(of, what.version);
      lastOf.set(record.source, Math.max(lastOf.get(record.source) ?? 0, record.sequence));
      return;
    },
    atRest() {
      for (const { row, key, version } of committed.values())
        if (!published.has(row)) return `version ${version} of ${key} was committed and never published`;
      for (const [source, last] of lastOf)
        for (let sequence = 1; sequence <= last; sequence += 1)
          if (!rowOf.has(`${source}/${sequence}`))
            return `${source} has published ${last} events, but none as ${sequence}`;
      return undefined;
    },
  };
}
