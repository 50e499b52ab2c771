import { compareHlc, type Hlc } from '@meridian/hlc';

/** The region that decides for an aggregate when `strong` is asked, as it is known here. */
export interface Home {
  region: string;
  /** The reading of the write that moved it there; absent where homes do not move, or this one has not. */
  movedAt?: Hlc;
}

/**
 * Of a request that was forwarded to its home: who knows of a later move of it, this region or the one that sent it here.
 * Undefined where both know the same. Moves of one home have an order, as each is a write of the same register.
 */
export function laterMove(here: Home | undefined, sentWith: Hlc | undefined): 'here' | 'sender' | undefined {
  const known = here?.movedAt;
  if (known === undefined) return sentWith === undefined ? undefined : 'sender';
  if (sentWith === undefined) return 'here';
  const order = compareHlc(known, sentWith);
  return order === 0 ? undefined : order > 0 ? 'here' : 'sender';
}
