import type { RowDeps } from '@meridian/consistency';
import { TOPICS, type UserDelta, type UserResponse } from '@meridian/contracts';
import type { OutboxRow } from '@meridian/outbox';
import { latestHlc, type User, type UserState } from '../domain/user.ts';

/** The three shapes of a user (contract, domain, row), and every way from one to another. */

export interface StoredUser {
  id: string;
  state: UserState;
  /** Of the row that was read; 0 when there is none. */
  version: number;
  /** What it comes from, for session tokens. */
  deps: RowDeps;
}

export type KnownUser = Extract<User, { known: true }>;

export function toRow({ id, state }: StoredUser) {
  return { id, state: JSON.stringify(state), hlc: latestHlc(state) };
}

export type UserEvent = 'registered' | 'profile-changed' | 'rehomed' | 'email-confirmed' | 'email-lost';

/** The fields that a write touched (of a move: all), as an event. Its key is the opaque id: keys are exported with traces. */
export function toEvent(id: string, type: UserEvent, delta: UserState, traceparent: string | undefined): OutboxRow {
  const value: UserDelta = { id, fields: delta };
  return { topic: TOPICS.users, key: id, type: `meridian.user.${type}.v1`, hlc: latestHlc(delta), traceparent, value };
}

export function toResponse(id: string, { known, ...fields }: KnownUser): UserResponse {
  return { id, ...fields };
}
