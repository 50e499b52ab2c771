const WRITES =
  /(?<!FOR )\b(INSERT)\s+INTO\s+([\w".]+)|(?<!FOR )\b(UPDATE)\s+(?!SET\b|OF\b|SKIP\b|NOWAIT\b)([\w".]+)|\b(DELETE)\s+FROM\s+([\w".]+)/gi;
const READS = /\bFROM\s+([\w".]+)(?!\s*\()\b/gi;
const MOST_TABLES = 2;
const SHORT_TEXT = 30;

/**
 * What a statement is about, in a few words: `INSERT orders, outbox`. The name of its span says only which of a
 * connection's prepared statements it was. No parser: enough for a label, and undefined where it finds nothing.
 */
export function sqlSummary(statement: string): string | undefined {
  const text = statement.replace(/\s+/g, ' ').trim();
  const writes = [...text.matchAll(WRITES)].map((found) => found.slice(1).filter((part) => part !== undefined));
  const verb = writes[0]?.[0]?.toUpperCase();
  if (verb) return `${verb} ${tableList(writes.map(([, table = '']) => table))}`;
  const reads = [...text.matchAll(READS)].map(([, table = '']) => table);
  if (reads.length > 0) return `SELECT ${tableList(reads)}`;
  return text.length <= SHORT_TEXT ? text || undefined : undefined;
}

function tableList(tables: readonly string[]): string {
  const names = new Set(tables.map((table) => table.replaceAll('"', '').split('.').at(-1) ?? table));
  const shown = [...names].slice(0, MOST_TABLES);
  return [...shown, ...(names.size > MOST_TABLES ? ['…'] : [])].join(', ');
}
