import type { SourceReport } from '../sources/judge-sources.ts';

/**
 * The gaps that a repair has covered. A service that holds every state that the others do misses nothing of the events
 * by which those states came to be: of its own kind. What it does on the events of another service (the catalog gives the
 * units of cancelled orders back) no comparison can see; it is covered when that service told every state again.
 *
 * `before` was read before the comparison: a gap that opened since is not judged.
 */
export function gapsToClose(before: readonly SourceReport[], toldAgain: ReadonlySet<string>): SourceReport[] {
  return before.filter(({ reader, source, published, gaps }) => {
    const [writer, consumer] = [serviceOf(source), serviceOf(reader)];
    // Of a region that was not among those compared, nothing is known.
    return gaps.length > 0 && published !== null && (writer === consumer || toldAgain.has(writer));
  });
}

function serviceOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
