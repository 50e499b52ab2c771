import type { Ballot } from './ballot.ts';
import type { AcceptorReply } from './messages.ts';
import { type Accepted, RULES, type Rules } from './rules.ts';

/**
 * What an acceptor knows of one epoch. It is written durably before the answer leaves: an acceptor that forgets is one
 * that lies.
 */
export interface AcceptorState<V> {
  /** It takes part in nothing below this ballot any more. */
  readonly promised?: Ballot;
  readonly accepted?: Accepted<V>;
  /** Told by somebody who counted a majority. */
  readonly decided?: { readonly value: V };
}

export interface AcceptorStep<V> {
  readonly state: AcceptorState<V>;
  readonly reply: AcceptorReply<V>;
}

/** A new ballot for a proposer of the acceptor's own region, which no other proposer has had: drawn and promised at once. */
export function claimBallot<V>(state: AcceptorState<V>, region: string, atLeastRound = 1): AcceptorStep<V> {
  const round = Math.max(atLeastRound, (state.promised?.round ?? 0) + 1);
  return prepare(state, { round, region });
}

/** The question of phase 1: will you take part in this ballot, and what have you accepted before? */
export function prepare<V>(state: AcceptorState<V>, ballot: Ballot, rules: Rules = RULES): AcceptorStep<V> {
  if (state.decided) return { state, reply: { kind: 'decided', value: state.decided.value } };
  const { promised, accepted } = state;
  if (promised && !rules.mayJoin(ballot, promised, rules.compare))
    return { state, reply: { kind: 'refused', ballot, promised } };
  const reply = { kind: 'promised', ballot, ...(accepted && { accepted }) } as const;
  return { state: { ...state, promised: ballot }, reply };
}

/** The question of phase 2: will you accept this value? */
export function accept<V>(state: AcceptorState<V>, ballot: Ballot, value: V, rules: Rules = RULES): AcceptorStep<V> {
  if (state.decided) return { state, reply: { kind: 'decided', value: state.decided.value } };
  const { promised } = state;
  if (promised && !rules.mayJoin(ballot, promised, rules.compare))
    return { state, reply: { kind: 'refused', ballot, promised } };
  return { state: { promised: ballot, accepted: { ballot, value } }, reply: { kind: 'accepted', ballot } };
}

/** Notes what was decided; what is known already stays. */
export function learn<V>(state: AcceptorState<V>, value: V): AcceptorState<V> {
  return state.decided ? state : { ...state, decided: { value } };
}
