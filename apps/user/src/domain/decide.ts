import { writeRegister } from '@meridian/crdt';
import type { Hlc } from '@meridian/hlc';
import { type EmailStatus, isClaimed, type UserFields, type UserState, userOf } from './user.ts';

export interface Profile {
  email: string;
  name: string;
  country: string;
}

export type Command =
  | ({ type: 'RegisterUser' } & Profile)
  | ({ type: 'ChangeProfile' } & Partial<Profile>)
  /** To be decided in the region that decides for the user, which a caller sees to. */
  | { type: 'RehomeUser'; to: string };

export interface Stamp {
  hlc: Hlc;
  /** ISO 8601, the wall clock of the region that decided. */
  at: string;
  region: string;
  /** Of the write, when it is recorded. */
  trace?: string;
}

/** `delta` is what to join into the user, and to tell the other regions. */
export type Decision = { ok: true; delta: UserState } | { ok: false; reason: Refusal };
export type Refusal = 'UnknownUser' | 'UserExists' | 'AtHomeThere';

export function decide(command: Command, state: UserState, stamp: Stamp): Decision {
  switch (command.type) {
    case 'RegisterUser':
      return register(command, state, stamp);
    case 'ChangeProfile':
      return change(command, state, stamp);
    case 'RehomeUser':
      return rehome(command, state, stamp);
    default:
      return command satisfies never;
  }
}

function register({ email, name, country }: Profile, state: UserState, stamp: Stamp): Decision {
  if (userOf(state).known) return { ok: false, reason: 'UserExists' };
  const fields = { email, name, country, registeredIn: stamp.region, registeredAt: stamp.at };
  return { ok: true, delta: written(state, fields, stamp) };
}

function change({ email, name, country }: Partial<Profile>, state: UserState, stamp: Stamp): Decision {
  if (!userOf(state).known) return { ok: false, reason: 'UnknownUser' };
  return { ok: true, delta: written(state, { email, name, country }, stamp) };
}

/**
 * A move tells all that is known of the user and not of the move alone. So whoever knows of it has what the old home had
 * decided before, whatever of that came before the move, after it, or not at all: the new home may begin at once, also when
 * the old one is lost.
 */
function rehome({ to }: { to: string }, state: UserState, { hlc, trace }: Stamp): Decision {
  const user = userOf(state);
  if (!user.known) return { ok: false, reason: 'UnknownUser' };
  if (user.homeRegion === to) return { ok: false, reason: 'AtHomeThere' };
  return { ok: true, delta: { ...state, home: writeRegister(state.home, to, { hlc, trace }) } };
}

/** The fields that are given, each as a write that has seen what is known of it. */
function written(
  state: UserState,
  values: { [Field in keyof UserFields]?: string | undefined },
  { hlc, trace }: Stamp,
): UserState {
  const fields = Object.keys(values) as (keyof UserFields)[];
  const writes = fields.flatMap((field) => {
    const value = values[field];
    return value === undefined ? [] : [[field, writeRegister(state[field], value, { hlc, trace })]];
  });
  return Object.fromEntries(writes);
}

/** The address that a write sets, with what became of its claim. */
export function withClaim(delta: UserState, status: EmailStatus): UserState {
  const { email } = delta;
  return email ? { ...delta, emailClaim: { status, of: email.hlc, hlc: email.hlc } } : delta;
}

/**
 * What is found in the end of an address that the user has provisionally, since the write `of`. Nothing when they have
 * another one by now, or it was found before.
 */
export function settleEmail(
  state: UserState,
  found: Exclude<EmailStatus, 'provisional'>,
  of: Hlc,
  { hlc }: Stamp,
): UserState | undefined {
  if (!isClaimed(state) || state.emailClaim?.of !== of || state.emailClaim.status !== 'provisional') return undefined;
  return { emailClaim: { status: found, of, hlc } };
}
