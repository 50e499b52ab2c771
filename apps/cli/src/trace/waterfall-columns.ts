import picocolors from 'picocolors';
import type { TraceSpan } from './jaeger-trace.ts';

export interface RegionColumn {
  title: string;
  /** The region whose spans are drawn here; undefined for what stands outside every region. */
  region: string | undefined;
  color: (text: string) => string;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * What stands outside every region first, then a column per region in the order of the topology, so that two traces can
 * be laid side by side, then regions that the topology does not know. A region's colour follows from its place there.
 */
export function regionColumns(spans: readonly TraceSpan[], regions: readonly string[], colors: Colors): RegionColumn[] {
  const palette = [colors.cyan, colors.magenta, colors.yellow, colors.blue, colors.green];
  const outside = spans.filter((span) => span.region === undefined);
  const seen = new Set(spans.flatMap(({ region }) => region ?? []));
  const all = [...regions, ...[...seen].filter((region) => !regions.includes(region))];
  const columns = all.map((region, i) => ({
    title: region,
    region,
    color: palette[i % palette.length] ?? colors.cyan,
  }));
  if (outside.length === 0) return columns;
  const title = outside.every(({ service }) => service === 'edge') ? 'edge' : 'no region';
  return [{ title, region: undefined, color: (text) => text }, ...columns];
}

export interface Widths {
  label: number;
  at: number;
  took: number;
  /** Of each column of bars, without the rule before it. */
  bar: number;
}

const NARROWEST_BAR = 6;
/** From here on there is room for bars that can be compared; names give way before they do. */
const COMFORTABLE_WIDTH = 100;
const COMFORTABLE_BAR = 7;
const WIDEST_BAR = 24;
const NARROWEST_LABEL = 16;
/** Between label, figures and bars. */
export const GAP = 2;

/** How the width is shared out: figures whole, bars at least as wide as they make sense, names what is left. */
export function shareWidth(width: number, columns: number, natural: Omit<Widths, 'bar'>): Widths {
  const { at, took } = natural;
  const free = width - (GAP + at) - (GAP + took) - 1;
  const leastBar = width >= COMFORTABLE_WIDTH ? COMFORTABLE_BAR : NARROWEST_BAR;
  const label = Math.max(NARROWEST_LABEL, Math.min(natural.label, free - columns * (1 + leastBar)));
  const bar = Math.max(1, Math.min(WIDEST_BAR, Math.floor((free - label) / columns) - 1));
  return { label, at, took, bar };
}
