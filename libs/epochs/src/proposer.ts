import type { Ballot } from './ballot.ts';
import type { AcceptorReply, Request } from './messages.ts';
import { type Accepted, RULES, type Rules } from './rules.ts';

/**
 * One attempt of a proposer to have one epoch decided: begun with a ballot of its own, ended by a majority, by a higher
 * ballot, or by nobody answering (which its driver sees, as this knows no time). It holds nothing that must survive a
 * crash: an attempt that is lost is one that somebody else finishes or outbids.
 */
export type Proposer<V> = Attempt<V> &
  (
    | { readonly phase: 'preparing'; readonly promises: ReadonlyMap<string, Accepted<V> | undefined> }
    | { readonly phase: 'accepting'; readonly value: V; readonly votes: ReadonlySet<string> }
    /** By the votes of this attempt, or told by an acceptor that knew already. */
    | { readonly phase: 'decided'; readonly value: V; readonly by: 'votes' | 'told'; readonly votes: number }
    /** Somebody else is ahead: draw a ballot above `promised` after a pause, and begin again. */
    | { readonly phase: 'outbid'; readonly promised: Ballot }
    /** It had no value of its own, and a majority has accepted none. */
    | { readonly phase: 'nothing-to-finish' }
  );

interface Attempt<V> {
  readonly acceptors: number;
  readonly ballot: Ballot;
  /** Undefined for who only finishes what somebody else began. */
  readonly own: V | undefined;
}

export interface ProposerStep<V> {
  readonly proposer: Proposer<V>;
  /** To be asked of every acceptor, the own one included. */
  readonly ask?: Request<V>;
}

export function beginAttempt<V>(acceptors: number, ballot: Ballot, own: V | undefined): ProposerStep<V> {
  return {
    proposer: { acceptors, ballot, own, phase: 'preparing', promises: new Map() },
    ask: { kind: 'prepare', ballot },
  };
}

/** Takes one answer in; repeated, late and foreign ones change nothing. */
export function takeReply<V>(
  proposer: Proposer<V>,
  from: string,
  reply: AcceptorReply<V>,
  rules: Rules = RULES,
): ProposerStep<V> {
  if (proposer.phase !== 'preparing' && proposer.phase !== 'accepting') return { proposer };
  const { acceptors, ballot, own } = proposer;
  const attempt = { acceptors, ballot, own };
  if (reply.kind === 'decided')
    return { proposer: { ...attempt, phase: 'decided', value: reply.value, by: 'told', votes: 0 } };
  if (reply.kind === 'abstained') return { proposer };
  if (rules.compare(reply.ballot, ballot) !== 0) return { proposer };
  if (reply.kind === 'refused') return { proposer: { ...attempt, phase: 'outbid', promised: reply.promised } };

  if (proposer.phase === 'preparing') {
    if (reply.kind !== 'promised') return { proposer };
    const promises = new Map(proposer.promises).set(from, reply.accepted);
    if (!rules.isMajority(promises.size, acceptors)) return { proposer: { ...proposer, promises } };
    const told = [...promises.values()].filter((accepted) => accepted !== undefined);
    const value = rules.valueToPropose(told, own, rules.compare);
    if (value === undefined) return { proposer: { ...attempt, phase: 'nothing-to-finish' } };
    return {
      proposer: { ...attempt, phase: 'accepting', value, votes: new Set() },
      ask: { kind: 'accept', ballot, value },
    };
  }

  if (reply.kind !== 'accepted') return { proposer };
  const votes = new Set(proposer.votes).add(from);
  if (!rules.isMajority(votes.size, acceptors)) return { proposer: { ...proposer, votes } };
  return { proposer: { ...attempt, phase: 'decided', value: proposer.value, by: 'votes', votes: votes.size } };
}
