import { noteAppliedSql, type Origin } from './inbox.ts';

/**
 * `noteAppliedSql` for many events, as the common table expressions `told` and `noted` of one statement. Both parameters are
 * SQL text: `rows` is a jsonb array of `Origin`, `from` the relation that it comes from. `noted` has a row for each event
 * that was new.
 */
export function noteTogetherSql({ rows, from }: { rows: string; from: string }): string {
  const note = noteAppliedSql({ source: 'told.source', sequence: 'told.sequence', from: 'told' });
  return `told AS (SELECT told.* FROM ${from}, jsonb_to_recordset(${rows}) AS told (source text, sequence bigint)),
    noted AS (${note} RETURNING source, sequence)`;
}

/** What a statement with `noted` is to answer: jsonb for `newOnes`. */
export const NOTED = `(SELECT coalesce(jsonb_agg(jsonb_build_object('source', source, 'sequence', sequence)), '[]') FROM noted)`;

/** Of each event whether it was new: one that is there twice is new the first time. */
export function newOnes(told: readonly Origin[], noted: readonly Origin[]): boolean[] {
  const left = new Set(noted.map(nameOf));
  return told.map((origin) => left.delete(nameOf(origin)));
}

const nameOf = ({ source, sequence }: Origin) => `${source}/${sequence}`;
