import type { WanLink } from '@meridian/regions';
import { combineEffects, effectOn, type Fault, flapPhase, isBetween, type LinkEffect } from './fault.ts';

export type ActiveFault = Fault & { id: string };

interface Entry {
  fault: ActiveFault;
  sinceMs: number;
  timer?: NodeJS.Timeout;
}

/** The faults that are active, and the timers of those that come and go. Tells when the effect on links may have changed. */
export class FaultBoard {
  readonly #nowMs: () => number;
  readonly #onChange: () => void;
  #entries: Entry[] = [];
  #count = 0;

  constructor(nowMs: () => number, onChange: () => void) {
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  add(fault: Fault): ActiveFault {
    const entry: Entry = { fault: { id: `fault-${++this.#count}`, ...fault }, sinceMs: this.#nowMs() };
    this.#entries.push(entry);
    this.#armFlap(entry);
    this.#onChange();
    return entry.fault;
  }

  list(): ActiveFault[] {
    return this.#entries.map((e) => e.fault);
  }

  /** Heals the faults that match; all others stay. */
  heal(matches: (fault: ActiveFault) => boolean): ActiveFault[] {
    const healed = this.#entries.filter((e) => matches(e.fault));
    for (const entry of healed) clearTimeout(entry.timer);
    this.#entries = this.#entries.filter((e) => !healed.includes(e));
    if (healed.length > 0) this.#onChange();
    return healed.map((e) => e.fault);
  }

  effectOn(link: Pick<WanLink, 'id' | 'from' | 'to'>): LinkEffect {
    const nowMs = this.#nowMs();
    return combineEffects(this.#entries.map(({ fault, sinceMs }) => effectOn(link, fault, nowMs - sinceMs)));
  }

  #armFlap(entry: Entry): void {
    if (entry.fault.kind !== 'flap') return;
    const { changesInMs } = flapPhase(entry.fault, this.#nowMs() - entry.sinceMs);
    entry.timer = setTimeout(
      () => {
        this.#onChange();
        this.#armFlap(entry);
      },
      Math.max(1, Math.ceil(changesInMs)),
    );
  }
}

/** Picks the faults that were put on one pair of places; see `isBetween`. */
export function betweenPlaces(links: readonly WanLink[], a: string, b: string): (fault: ActiveFault) => boolean {
  const linkEnds = new Map(links.map((l) => [l.id, [l.from, l.to]]));
  return (fault) => isBetween(fault, a, b, linkEnds);
}
