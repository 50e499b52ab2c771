import type { WanLink } from '@meridian/regions';

/** What can be wrong with the links. Any number of faults may lie on a link at once; each one is healed by itself. */
export type Fault =
  /** Nothing crosses between two places; with `oneWay`, nothing from the first to the second. */
  | { kind: 'partition'; regions: [string, string]; oneWay: boolean }
  /** Nothing crosses between a region and any other place, the edge included. */
  | { kind: 'isolate'; region: string }
  /** Nothing crosses the named links, and nobody is told. */
  | { kind: 'black-hole'; links: string[] }
  /** Connections over the named links are reset, new ones too. */
  | { kind: 'reset'; links: string[] }
  /** A partition that comes (for `downMs`, first) and goes (for `upMs`). */
  | { kind: 'flap'; regions: [string, string]; upMs: number; downMs: number };

/** What faults do to one link. `there` is the way from the side that opens connections, `back` the way to it. */
export interface LinkEffect {
  blockedThere: boolean;
  blockedBack: boolean;
  reset: boolean;
}

export const NO_EFFECT: LinkEffect = { blockedThere: false, blockedBack: false, reset: false };

/** A fault as it is now: its age matters to a flap alone. */
export function effectOn(link: Pick<WanLink, 'id' | 'from' | 'to'>, fault: Fault, ageMs: number): LinkEffect {
  switch (fault.kind) {
    case 'partition': {
      const [a, b] = fault.regions;
      return {
        blockedThere: crosses(link.from, link.to, a, b, fault.oneWay),
        blockedBack: crosses(link.to, link.from, a, b, fault.oneWay),
        reset: false,
      };
    }
    case 'isolate':
      return blockedIf(link.from === fault.region || link.to === fault.region);
    case 'black-hole':
      return blockedIf(fault.links.includes(link.id));
    case 'reset':
      return { ...NO_EFFECT, reset: fault.links.includes(link.id) };
    case 'flap':
      return blockedIf(crosses(link.from, link.to, ...fault.regions, false) && flapPhase(fault, ageMs).isDown);
  }
}

/** Faults add up: a link is as bad as all faults on it together. */
export function combineEffects(effects: readonly LinkEffect[]): LinkEffect {
  return {
    blockedThere: effects.some((e) => e.blockedThere),
    blockedBack: effects.some((e) => e.blockedBack),
    reset: effects.some((e) => e.reset),
  };
}

/** Where in its cycle a flap is, and in how many ms it changes. It begins down, so that its effect is seen at once. */
export function flapPhase(
  { upMs, downMs }: { upMs: number; downMs: number },
  ageMs: number,
): { isDown: boolean; changesInMs: number } {
  const intoCycleMs = ageMs % (upMs + downMs);
  return intoCycleMs < downMs
    ? { isDown: true, changesInMs: downMs - intoCycleMs }
    : { isDown: false, changesInMs: upMs + downMs - intoCycleMs };
}

/** Whether a fault was put on just these two places, in whichever order. An isolation is on a region, not on a pair. */
export function isBetween(
  fault: Fault,
  a: string,
  b: string,
  linkEnds: ReadonlyMap<string, readonly string[]>,
): boolean {
  const isPair = (ends: readonly string[]) => ends.includes(a) && ends.includes(b);
  switch (fault.kind) {
    case 'partition':
    case 'flap':
      return isPair(fault.regions);
    case 'black-hole':
    case 'reset':
      return fault.links.every((id) => isPair(linkEnds.get(id) ?? []));
    case 'isolate':
      return false;
  }
}

function crosses(from: string, to: string, a: string, b: string, oneWay: boolean): boolean {
  return (from === a && to === b) || (!oneWay && from === b && to === a);
}

function blockedIf(blocked: boolean): LinkEffect {
  return { blockedThere: blocked, blockedBack: blocked, reset: false };
}
