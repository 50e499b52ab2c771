import { type Ballot, compareBallots } from './ballot.ts';

/** The value that an acceptor took, and the ballot under which it did. */
export interface Accepted<V> {
  readonly ballot: Ballot;
  readonly value: V;
}

/**
 * The rules on which the safety of the protocol stands, each a line. They are a parameter of the steps so that the
 * simulation can show, one by one, what goes wrong without each; everybody else takes `RULES`.
 */
export interface Rules {
  /** Of two majorities at least one member is in both: that is all that keeps two values apart. */
  isMajority(votes: number, acceptors: number): boolean;
  compare(a: Ballot, b: Ballot): number;
  /** Whether an acceptor that has promised `promised` may still take part in `asked`. */
  mayJoin(asked: Ballot, promised: Ballot | undefined, compare: Rules['compare']): boolean;
  /** What a proposer must ask for, given what a majority told it that it had accepted before. */
  valueToPropose<V>(told: readonly Accepted<V>[], own: V | undefined, compare: Rules['compare']): V | undefined;
}

export const RULES: Rules = {
  isMajority: (votes, acceptors) => votes > acceptors / 2,
  compare: compareBallots,
  mayJoin: (asked, promised, compare) => promised === undefined || compare(asked, promised) >= 0,
  valueToPropose(told, own, compare) {
    const [latest] = [...told].sort((a, b) => compare(b.ballot, a.ballot));
    return latest === undefined ? own : latest.value;
  },
};
