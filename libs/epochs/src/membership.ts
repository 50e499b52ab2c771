import type { AcceptorState, AcceptorStep } from './acceptor.ts';

/**
 * An acceptor whose disk was lost has forgotten what it promised and accepted, and would vote a second time (rule E6). It
 * cannot tell that from being new. So an acceptor without memory first hears how far each of the others has come, and
 * takes no part in any epoch up to there: in whatever it may have voted, its proposer has promised to itself (E5).
 */

/** After which epoch an acceptor without memory may vote; undefined until all others have said how far they have come. */
export function joinAfter(
  others: readonly string[],
  highestByAcceptor: ReadonlyMap<string, number>,
): number | undefined {
  const highest = others.map((other) => highestByAcceptor.get(other));
  return highest.reduce((most: number | undefined, one) => {
    return most === undefined || one === undefined ? undefined : Math.max(most, one);
  }, 0);
}

/** `take`, if the acceptor may vote in this epoch; what it knows to be decided it tells in any case. */
export function unlessAbstaining<V>(
  epoch: number,
  joinedAfter: number | undefined,
  state: AcceptorState<V>,
  take: (state: AcceptorState<V>) => AcceptorStep<V>,
): AcceptorStep<V> {
  if (state.decided || (joinedAfter !== undefined && epoch > joinedAfter)) return take(state);
  return { state, reply: { kind: 'abstained' } };
}
