import picocolors from 'picocolors';
import { arrivalLine } from './arrival-line.ts';
import { clip } from './clip.ts';
import { type JaegerTrace, readSpans } from './jaeger-trace.ts';
import { spanTree } from './span-tree.ts';
import { traceArrivals } from './trace-arrivals.ts';
import { regionColumns, shareWidth } from './waterfall-columns.ts';
import { headLines } from './waterfall-head.ts';
import { durationOf, labelOf, rowLines, timeOf, titleLines } from './waterfall-rows.ts';

export interface WaterfallOptions {
  /** In the order of their columns. */
  regions: readonly string[];
  width: number;
  color: boolean;
  /** What the link alone takes, one way: set beside the lag below the waterfall. */
  linkMs?: (origin: string, reader: string) => number;
}

/** Less cannot hold a name, two figures and a column per region. */
const NARROWEST = 60;

/**
 * One request across all regions: its steps as a tree, each with a bar in the column of the region where it ran. All
 * columns show the same time, so what happens at once stands at the same place in each, and a link's delay is the empty
 * space between the bars of one region and those of the next.
 */
export function renderWaterfall(trace: JaegerTrace, { regions, color, linkMs, ...options }: WaterfallOptions): string {
  const colors = picocolors.createColors(color);
  const width = Math.max(NARROWEST, options.width);
  const spans = readSpans(trace);
  const rows = spanTree(spans);
  const columns = regionColumns(spans, regions, colors);
  const totalMs = Math.max(...spans.map(({ atMs, tookMs }) => atMs + tookMs));
  const widths = shareWidth(width, columns.length, {
    label: Math.max(...rows.map((row) => labelOf(row).length)),
    at: Math.max('at'.length, timeOf(totalMs).length),
    took: Math.max('took'.length, durationOf(totalMs).length),
  });
  const look = { colors, columns, widths, totalMs };

  const [title = '', ...about] = headLines(trace, spans, regions).map((line) => clip(line, width));
  const readerWidth = Math.max(...regions.map((region) => region.length));
  const arrivals = traceArrivals(spans, regions).map((arrival) => {
    const isKnown = regions.includes(arrival.origin);
    const alone = isKnown ? linkMs?.(arrival.origin, arrival.reader) : undefined;
    return clip(arrivalLine(arrival, { width, readerWidth, linkMs: alone }), width);
  });
  const warnings = (trace.warnings ?? []).map((warning) => colors.yellow(clip(warning, width)));
  const sections = [
    [colors.bold(title), ...about],
    [...titleLines(look), ...rows.flatMap((row) => rowLines(row, look))],
    arrivals,
    warnings,
  ];
  return sections.flatMap((lines) => (lines.length > 0 ? [lines.join('\n')] : [])).join('\n\n');
}
