export { AggregateTurns } from './aggregate-turns.ts';
export { applyTogether, type Joined, type JoinTogether, type Written } from './apply-together.ts';
/**
 * Active-active replication of a service's aggregates, put together from the outbox, the inbox, the clock and Kafka. A
 * service brings its store, its joins and its consumers; everything that is alike in all services is here.
 */

export type { Home } from './consistency/home.ts';
export type { Asked, KeysOf } from './consistency/operation-scopes.ts';
export type { Self } from './consistency/row-sessions.ts';
export { carrySession, currentSession, inSession, type Session } from './consistency/session.ts';
export { DeadLetters } from './dead-letters.ts';
export type { DeclaredConsumer, RecordConsumer } from './declared-consumer.ts';
export { EventStreams, type EventStreamsOptions } from './event-streams.ts';
export { nameJoinOutcome } from './join-outcome.ts';
export type { AfterRebuild } from './rebuild/after-rebuild.ts';
export { JOINED_DDL } from './rebuild/joined-ddl.ts';
export { RegionClock, type RegionClockOptions } from './region-clock.ts';
export { ClockDrift, type EventOfMany, type RemoteEvent, RemoteEvents } from './remote-events.ts';
export { operationsControllers, type Replicated, replicate } from './replicate.ts';
export { ReplicatedStore } from './replicated-store.ts';
export type { ReplicatedTable } from './replicated-table.ts';
export { ReplicationLag } from './replication-lag.ts';
export { type Asked as AskedInTurn, SharedTurns, type SharedTurnsOptions } from './shared-turns.ts';
