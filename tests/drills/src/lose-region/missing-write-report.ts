/** What became of the events of one service that the others lacked, as `meridian failback` reports it. */
export interface Fate {
  service: string;
  missing: number;
  /** How old the oldest of them was when the region made its last write; null where it has not said. */
  ms: number | null;
  /** In every other region by now. */
  arrived: number;
  outstanding: number;
  /** How many of them lost to a write that did not know of them; null where the region has not said which they were. */
  overwritten: number | null;
}

export function totalOf(fates: readonly Fate[]): Pick<Fate, 'missing' | 'arrived'> {
  const sum = (of: (fate: Fate) => number) => fates.reduce((total, fate) => total + of(fate), 0);
  return { missing: sum(({ missing }) => missing), arrived: sum(({ arrived }) => arrived) };
}

/** `order 3 missing of 340 ms, 3 came, 0 overwritten; …` */
export function fatesSentence(fates: readonly Fate[]): string {
  return fates
    .map(
      (f) =>
        `${f.service} ${f.missing} missing of ${f.ms ?? '?'} ms, ${f.arrived} came, ${f.overwritten ?? '?'} overwritten`,
    )
    .join('; ');
}
