import type { Ballot } from './ballot.ts';
import type { Accepted } from './rules.ts';

/** What a proposer asks of every acceptor. */
export type Request<V> =
  | { readonly kind: 'prepare'; readonly ballot: Ballot }
  | { readonly kind: 'accept'; readonly ballot: Ballot; readonly value: V };

/** What an acceptor answers. `ballot` is the one that was asked about. */
export type AcceptorReply<V> =
  | { readonly kind: 'promised'; readonly ballot: Ballot; readonly accepted?: Accepted<V> | undefined }
  | { readonly kind: 'accepted'; readonly ballot: Ballot }
  /** It has promised a higher one. */
  | { readonly kind: 'refused'; readonly ballot: Ballot; readonly promised: Ballot }
  /** It has no memory of that time. */
  | { readonly kind: 'abstained' }
  /** There is nothing left to vote on. */
  | { readonly kind: 'decided'; readonly value: V };
