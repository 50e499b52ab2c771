/**
 * The statement that inserts what a join discarded, for use inside the one statement that stores the join: the joined row
 * and its conflicts then exist together or not at all. Both parameters are SQL text: `rows` is a jsonb array of
 * `ConflictRow`, `from` the relations that it comes from, which must have one row for anything to be inserted.
 *
 * A conflict that is there already stays as it is: an event that comes twice makes one entry, and a resolved one is not
 * opened again.
 */
export function insertConflictsSql({ rows, from }: { rows: string; from: string }): string {
  return `INSERT INTO conflicts (id, aggregate, aggregate_id, field, rule, lost, won)
    SELECT found.id, found.aggregate, found."aggregateId", found.field, found.rule, found.lost, found.won
    FROM ${from}, jsonb_to_recordset(${rows})
      AS found (id uuid, aggregate text, "aggregateId" text, field text, rule text, lost jsonb, won jsonb)
    ON CONFLICT (id) DO NOTHING`;
}

/**
 * The statement that resolves the open conflicts of one field, for use inside the one statement that stores a write which
 * settles them: one that has seen all the values of a multi-value register leaves nothing to decide. Everything given is
 * SQL text; `from` must have a row.
 */
export function resolveConflictsSql(of: { aggregateId: string; field: string; from: string }): string {
  return `UPDATE conflicts SET status = 'resolved' FROM ${of.from}
    WHERE conflicts.aggregate_id = ${of.aggregateId} AND conflicts.field = ${of.field} AND conflicts.status = 'open'`;
}
