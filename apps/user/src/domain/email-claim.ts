import type { Hlc } from '@meridian/hlc';

/**
 * Who holds an e-mail address, as decided in its claim region. Every address has one such region, so of any two claims
 * one comes first there, whatever the network between the others does.
 *
 * A claim is `settled` when nobody can take it from its user any more. That of a user who waits for the answer is settled
 * at once: first come, first served. That of a user who was accepted provisionally is only `held`, until it is certain
 * that no provisional one with an earlier clock reading is still on its way: among those the earliest wins, in whatever
 * order they arrive, because none of them was promised anything and the one who asked first has the better right.
 */
export interface Claim {
  userId: string;
  /** Of the write that wants the address. */
  hlc: Hlc;
  /** `released`: free for everybody but for a late arrival of this very claim. */
  state: 'held' | 'settled' | 'released';
}

export interface AskedClaim {
  userId: string;
  hlc: Hlc;
  provisional: boolean;
}

/** The claim that stands after `asked` arrived. Asked again by the same user it stands as it did. */
export function claimAddress(known: Claim | undefined, { userId, hlc, provisional }: AskedClaim): Claim {
  const asked: Claim = { userId, hlc, state: provisional ? 'held' : 'settled' };
  if (known === undefined) return asked;
  const isOwn = known.userId === userId;
  if (known.state === 'released') return isOwn && hlc <= known.hlc ? known : asked;
  if (isOwn)
    return {
      userId,
      hlc: hlc > known.hlc ? hlc : known.hlc,
      state: known.state === 'settled' ? 'settled' : asked.state,
    };
  return known.state === 'held' && provisional && hlc < known.hlc ? asked : known;
}

/** No earlier provisional claim can come any more: what is held is settled. Nothing happens to a claim of anybody else. */
export function settleClaim(
  known: Claim | undefined,
  { userId }: Pick<AskedClaim, 'userId' | 'hlc'>,
): Claim | undefined {
  if (known?.userId !== userId || known.state !== 'held') return known;
  return { ...known, state: 'settled' };
}

/**
 * Gives up what the user claimed up to `hlc`. A later claim of theirs is another one, and stays; one that was not seen
 * yet leaves a mark, so that it does nothing if it arrives after all.
 */
export function releaseClaim(known: Claim | undefined, { userId, hlc }: Pick<AskedClaim, 'userId' | 'hlc'>): Claim {
  if (known !== undefined && (known.userId !== userId || known.hlc > hlc)) return known;
  return { userId, hlc, state: 'released' };
}
