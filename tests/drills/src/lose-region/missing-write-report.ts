/** What became of the events of one service that the others lacked, as `meridian failback` reports it. */
export interface Fate {
  service: string;
  missing: number;
  /** In every other region by now. */
  arrived: number;
  outstanding: number;
  /** Of those that came, how many lost to a write that did not know of them. */
  overwritten: number;
}

export function totalOf(fates: readonly Fate[]): Pick<Fate, 'missing' | 'arrived'> {
  const sum = (of: (fate: Fate) => number) => fates.reduce((total, fate) => total + of(fate), 0);
  return { missing: sum(({ missing }) => missing), arrived: sum(({ arrived }) => arrived) };
}

/** `order 3 missing, 3 came, 0 overwritten; …` */
export function fatesSentence(fates: readonly Fate[]): string {
  return fates
    .map((f) => `${f.service} ${f.missing} missing, ${f.arrived} came, ${f.overwritten} overwritten`)
    .join('; ');
}
