import { clip, fit } from './clip.ts';
import type { TraceSpan } from './jaeger-trace.ts';
import { spanNotes } from './span-notes.ts';
import type { TreeRow } from './span-tree.ts';
import { sqlSummary } from './sql-summary.ts';
import { timeBar } from './time-bar.ts';
import { type Colors, GAP, type RegionColumn, type Widths } from './waterfall-columns.ts';

/** How all rows of one waterfall look. */
export interface Look {
  colors: Colors;
  columns: readonly RegionColumn[];
  widths: Widths;
  totalMs: number;
}

/** The names of the columns, and below them what they count in: each column of bars shows the whole time of the trace. */
export function titleLines(look: Look): string[] {
  const { colors, columns, widths } = look;
  const figures = (at: string, took: string) =>
    colors.dim(gap(widths.label + GAP) + at.padStart(widths.at) + gap() + took.padStart(widths.took));
  const names = columns.map(({ title, color }) =>
    paintText(fit(title, widths.bar), (text) => colors.bold(color(text))),
  );
  const end = timeOf(look.totalMs);
  const ends = [`${end} ms`, end].map((text) => `0${text.padStart(widths.bar - 1, '─')}`);
  const ruler =
    ends.find((text) => text.length <= widths.bar && text.includes('─')) ?? clip(end, widths.bar).padStart(widths.bar);
  return [
    line(look, figures('at', 'took'), names),
    line(
      look,
      figures('ms', 'ms'),
      columns.map(() => colors.dim(ruler)),
    ),
  ];
}

/** A span, and what is to be said of it. */
export function rowLines(row: TreeRow, look: Look): string[] {
  const { colors, columns, widths, totalMs } = look;
  const { span } = row;
  const bars = columns.map(({ region, color }) => {
    if (region !== span.region) return ' '.repeat(widths.bar);
    const bar = timeBar(widths.bar, span.atMs / totalMs, (span.atMs + span.tookMs) / totalMs);
    return paintText(bar, span.isError ? colors.red : color);
  });
  const at = timeOf(span.atMs).padStart(widths.at);
  const took = durationOf(span.tookMs).padStart(widths.took);
  const empty = columns.map(() => ' '.repeat(widths.bar));
  const left = widths.label + GAP + widths.at + GAP + widths.took;
  return [
    line(look, paintLabel(row, look) + gap() + colors.dim(at) + gap() + took, bars),
    ...spanNotes(row).map(({ text, isFault }) => {
      const trunk = `${row.trunk}  `;
      const note = fit(text, left - trunk.length);
      return line(look, colors.dim(trunk) + (isFault ? colors.red(note) : colors.dim(note)), empty);
    }),
  ];
}

/** OpenTelemetry for Node takes the start of a span to the ms, and its duration much finer. */
export function timeOf(ms: number): string {
  return ms.toFixed(0);
}

export function durationOf(ms: number): string {
  return ms.toFixed(ms < 1_000 ? 1 : 0);
}

/** A service is named where it begins to work; what it does next below stands under its name. */
function partsOf({ branch, span, parent }: TreeRow): {
  branch: string;
  mark: string;
  service: string;
  operation: string;
} {
  const isNamed = parent?.service !== span.service;
  return {
    branch,
    mark: span.isError ? '✗ ' : '',
    service: isNamed ? `${span.service} ` : '',
    operation: operationOf(span) + statusOf(span),
  };
}

export function labelOf(row: TreeRow): string {
  return Object.values(partsOf(row)).join('');
}

function paintLabel(row: TreeRow, { colors, widths }: Look): string {
  const { branch, mark, service, operation } = partsOf(row);
  const room = widths.label - branch.length - mark.length;
  const name = clip(service, room);
  const rest = fit(operation, room - name.length);
  const isSql = row.span.tags.has('db.system') || row.span.tags.has('db.system.name');
  const paintRest = row.span.isError ? colors.red : isSql ? colors.dim : (text: string) => text;
  return [branch && colors.dim(branch), mark && colors.red(mark), name && colors.bold(name), paintRest(rest)].join('');
}

/** A statement is told by what it does. */
function operationOf({ operation, tags }: TraceSpan): string {
  const statement = tags.get('db.query.text') ?? tags.get('db.statement');
  const summary = typeof statement === 'string' ? sqlSummary(statement) : undefined;
  return summary === undefined ? operation : `SQL ${summary}`;
}

function statusOf({ kind, tags }: TraceSpan): string {
  const status = tags.get('http.response.status_code');
  return kind === 'server' && status !== undefined ? ` → ${status}` : '';
}

/** Colours what is to be seen of a cell and not the blanks around it: those at the end of a line are cut off. */
function paintText(cell: string, paint: (text: string) => string): string {
  return cell.replace(/\S.*\S|\S/, paint);
}

/** Without blanks at its end, which would only wrap in a terminal that was made narrower. */
function line({ colors }: Look, left: string, bars: readonly string[]): string {
  const rule = colors.dim('│');
  return `${left} ${bars.map((bar) => rule + bar).join('')}`.trimEnd();
}

function gap(width = GAP): string {
  return ' '.repeat(width);
}
