/**
 * Which of several proposals becomes epoch N, decided by a majority of regions. Problem: who may write is said by one
 * routing table, and when a link is cut or a region dies, two operators (or two machines) make two different ones out of
 * the same. Both regions would then act in the name of epoch N. So each region's database is an acceptor, and a table is
 * in force only when a majority has accepted it; two majorities share a member, so there is one winner, and a region that
 * is cut off with a minority decides nothing.
 *
 * Why single-decree Paxos for each epoch, and no replicated log (Raft, Multi-Paxos): decisions are a handful a day, each is
 * a whole value that replaces the one before, and nobody needs the older ones. A log would bring leader election, terms,
 * compaction and membership changes in order to save one round trip per decision. Without a leader there is also nobody
 * whose loss must be noticed first, in the very moment when a region is being lost.
 *
 * Source: L. Lamport, "Paxos Made Simple", ACM SIGACT News 32 (2001), section 2: prepare and accept requests, their
 * answers, and the rule of the highest-numbered accepted proposal. Ballots are (round, region).
 * Limits: the set of acceptors is fixed (the topology's regions), crashes and lost, repeated, late messages are tolerated
 * and lies are not; a decision costs two round trips to the nearest majority; with proposers that outbid each other it ends
 * with probability 1 and not within a bound (no protocol can: Fischer, Lynch, Paterson 1985). README.md numbers the rules.
 */
export { type AcceptorState, type AcceptorStep, accept, claimBallot, learn, prepare } from './acceptor.ts';
export { backOffMs } from './back-off.ts';
export { type Ballot, compareBallots, formatBallot } from './ballot.ts';
export { joinAfter, unlessAbstaining } from './membership.ts';
export type { AcceptorReply, Request } from './messages.ts';
export { beginAttempt, type Proposer, type ProposerStep, takeReply } from './proposer.ts';
export { type Accepted, RULES, type Rules } from './rules.ts';
