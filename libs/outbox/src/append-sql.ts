/**
 * The statement that appends rows to the outbox, for use inside the one statement that commits the change they tell of:
 * change and events then exist together or not at all. Both parameters are SQL text: `rows` is a jsonb array of
 * `OutboxRow`, `from` the relations that it comes from, which must have one row for anything to be appended.
 */
export function appendToOutboxSql({ rows, from }: { rows: string; from: string }): string {
  return `INSERT INTO outbox (topic, key, type, hlc, traceparent, deps, value, written_for)
    SELECT event.topic, event.key, event.type, event.hlc, event.traceparent, event.deps, event.value,
           coalesce(event."writtenFor", 'client')
    FROM ${from}, jsonb_to_recordset(${rows})
      AS event (topic text, key text, type text, hlc text, traceparent text, deps text, value jsonb, "writtenFor" text)`;
}
