import type { Aggregate } from '../world/service.ts';
import type { Invariant } from './invariant.ts';

/** By aggregate: a state that whatever comes later must include. */
type Past = ReadonlyMap<string, unknown>;
const NOTHING_YET: Past = new Map();

/**
 * I5: the four session guarantees (Terry et al., 1994), across regions, for every read and write at the level `session`.
 *
 * States only grow by joins, so "this answer includes that write" is a question to the lattice: joining the write into
 * the answer changes nothing. The past of a session is the join of what it wrote, of what it was shown, and of the past
 * of whoever wrote that. An answer must include it (read your writes, monotonic reads, writes follow reads), and a write
 * must be later than it (monotonic writes).
 */
export function sessions(aggregates: Record<string, Aggregate<unknown>>): Invariant {
  const pasts = new Map<string, Past>();
  /** By service and reading of a write. */
  const pastOfAuthor = new Map<string, Past>();
  const pastOf = (session: string) => pasts.get(session) ?? NOTHING_YET;

  return {
    name: 'I5 session guarantees',
    observe(seen) {
      if (seen.kind === 'committed' && seen.by !== undefined)
        pastOfAuthor.set(`${seen.service} ${seen.hlc}`, pastOf(seen.by));
      if (seen.kind !== 'wrote' && seen.kind !== 'read') return undefined;

      const of = `${seen.service} ${seen.key}`;
      const { join, isUnchanged, nothing } = aggregates[seen.service] as Aggregate<unknown>;
      const includes = (state: unknown, part: unknown = nothing) => isUnchanged(state, join(state, part));
      const mine = pastOf(seen.session);
      const authors = readingsIn(seen.value).flatMap((hlc) => pastOfAuthor.get(`${seen.service} ${hlc}`) ?? []);
      pasts.set(seen.session, joinPasts([mine, ...authors, new Map([[of, seen.value]])], aggregates));

      const who = `${seen.session} in ${seen.region}`;
      if (seen.kind === 'read') {
        if (!includes(seen.value, mine.get(of))) return `${who} read ${of} without what it had written or read before`;
        if (!authors.every((past) => includes(seen.value, past.get(of))))
          return `${who} read ${of} without what the author of a write in it had seen`;
        return undefined;
      }
      const before = readingsIn(mine.get(of)).sort().at(-1);
      const now = readingsIn(seen.value).sort().at(-1);
      if (before !== undefined && now !== undefined && now < before)
        return `${who} changed ${of} at ${now}, which is before ${before}, that it had seen`;
      return undefined;
    },
  };
}

function joinPasts(all: readonly Past[], aggregates: Record<string, Aggregate<unknown>>): Past {
  const joined = new Map<string, unknown>();
  for (const past of all)
    for (const [of, state] of past) {
      const { join } = aggregates[of.split(' ', 1)[0] as string] as Aggregate<unknown>;
      const known = joined.get(of);
      if (known !== state) joined.set(of, known === undefined ? state : join(known, state));
    }
  return joined;
}

/** Every clock reading in a state, wherever it stands. */
export function readingsIn(state: unknown): string[] {
  if (typeof state !== 'object' || state === null) return [];
  return Object.entries(state).flatMap(([name, member]) =>
    name === 'hlc' && typeof member === 'string' ? [member] : readingsIn(member),
  );
}
