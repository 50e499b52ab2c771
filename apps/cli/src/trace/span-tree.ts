import type { TraceSpan } from './jaeger-trace.ts';

/** A span in its place. The branches are drawn in two columns a level. */
export interface TreeRow {
  span: TraceSpan;
  parent: TraceSpan | undefined;
  /** It has a parent, and that has not come in. */
  isOrphan: boolean;
  /** In front of the span. */
  branch: string;
  /** In front of what is said of the span on lines below it. */
  trunk: string;
}

/**
 * Every span once, children below their parent in the order of their start. A span whose parent is not there stands at
 * the left like a root: the parent may still be on its way, or be the client's own.
 */
export function spanTree(spans: readonly TraceSpan[]): TreeRow[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const childrenOf = Map.groupBy(spans, (span) => (span.parentId !== span.id ? span.parentId : undefined));
  const rows: TreeRow[] = [];
  const placed = new Set<TraceSpan>();

  const place = (span: TraceSpan, parent: TraceSpan | undefined, lead: string, isLast: boolean): void => {
    if (placed.has(span)) return;
    placed.add(span);
    const below = parent ? lead + (isLast ? '  ' : '│ ') : lead;
    const children = childrenOf.get(span.id) ?? [];
    rows.push({
      span,
      parent,
      isOrphan: !parent && span.parentId !== undefined,
      branch: parent ? lead + (isLast ? '└ ' : '├ ') : lead,
      trunk: below + (children.length > 0 ? '│ ' : '  '),
    });
    for (const child of children) place(child, span, below, child === children.at(-1));
  };

  for (const span of spans) if (!span.parentId || !byId.has(span.parentId)) place(span, undefined, '', true);
  // Only spans that are each other's ancestors are left; no sender should make them, and none may be lost.
  for (const span of spans) place(span, undefined, '', true);
  return rows;
}
