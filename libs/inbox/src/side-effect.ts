/**
 * Where a consumer's side effects run: those that joining the event's state into a row does not cover (releasing stock,
 * sending a mail). Every region receives every event, so each consumer must say which of them acts on it.
 *
 * - `origin`: in the region that wrote the event.
 * - `every`: in each region, once in each.
 * - `home`: in the home region of the aggregate, wherever the event was written.
 */
export type SideEffect = 'origin' | 'every' | 'home';

/** What a consumer declares: where its side effect runs, or that it has none and only joins state. */
export type SideEffects = 'none' | SideEffect;

export interface Whereabouts {
  /** The region that runs this code. */
  region: string;
  originRegion: string;
  /** Needed for `home` alone. */
  homeRegion?: string;
}

/** Whether a side effect declared so runs in this region. Throws for `home` where no home region is known. */
export function runsHere(effect: SideEffect, { region, originRegion, homeRegion }: Whereabouts): boolean {
  switch (effect) {
    case 'every':
      return true;
    case 'origin':
      return region === originRegion;
    case 'home':
      if (homeRegion === undefined) throw new Error('a side effect of the home region needs to know it');
      return region === homeRegion;
  }
}
