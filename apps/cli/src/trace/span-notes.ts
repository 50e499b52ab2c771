import { formatMs } from '../terminal/format-figures.ts';
import type { TreeRow } from './span-tree.ts';

/** Clocks of one machine, read by different processes, differ by less. */
const CLOCK_TOLERANCE_MS = 2;

/** What a reader wants to know of a span beyond its name and times: how it came here, how old it was, what is wrong. */
export function spanNotes({ span, parent, isOrphan }: TreeRow): { text: string; isFault: boolean }[] {
  const notes: { text: string; isFault: boolean }[] = [];
  const link = span.tags.get('meridian.link');
  const lagMs = span.tags.get('meridian.lag_ms');
  // The lag first: where it is too narrow for both, the columns still tell the regions.
  const way = [typeof lagMs === 'number' && `lag ${formatMs(lagMs)}`, link && `link ${link}`].filter(Boolean);
  if (way.length > 0) notes.push({ text: way.join(', '), isFault: false });
  if (span.isError) notes.push({ text: `error${reasonOf(span.tags)}`, isFault: true });
  if (isOrphan) notes.push({ text: `its parent ${span.parentId} is not in this trace`, isFault: false });
  const earlyMs = parent ? parent.atMs - span.atMs : 0;
  if (earlyMs > CLOCK_TOLERANCE_MS)
    notes.push({ text: `begins ${formatMs(earlyMs)} before its parent (clock skew)`, isFault: true });
  return notes;
}

function reasonOf(tags: ReadonlyMap<string, unknown>): string {
  const said = [tags.get('error.type'), tags.get('otel.status_description')].filter((part) => part !== undefined);
  return said.length > 0 ? `: ${said.join(', ')}` : '';
}
