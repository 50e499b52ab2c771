import { joinRegisters, type Register, sameJson } from '@meridian/crdt';
import { type Hlc, latestHlcOf } from '@meridian/hlc';

/**
 * A user is a last-writer-wins register per field: a new name in one region and a new country in another both stay; of
 * two new names the later one holds in every region.
 */
export type UserState = {
  email?: Register<string>;
  name?: Register<string>;
  country?: Register<string>;
  registeredIn?: Register<string>;
  registeredAt?: Register<string>;
};

export type User =
  /** Nothing is known yet, or only what came after the registration: another region's event is still on its way. */
  | { known: false }
  | { known: true; email: string; name: string; country: string; registeredIn: string; registeredAt: string };

export function userOf({ email, name, country, registeredIn, registeredAt }: UserState): User {
  if (!email || !name || !country || !registeredIn || !registeredAt) return { known: false };
  return {
    known: true,
    email: email.value,
    name: name.value,
    country: country.value,
    registeredIn: registeredIn.value,
    registeredAt: registeredAt.value,
  };
}

export function join(a: UserState, b: UserState): UserState {
  return joinRegisters<UserState>(a, b);
}

/** Whether `known` already says all that `joined`, a join of it, says. */
export function isUnchanged(known: UserState, joined: UserState): boolean {
  return sameJson(known, joined);
}

/** The greatest clock reading in a state. Throws for one that holds nothing, as such a one is never written. */
export function latestHlc(state: UserState): Hlc {
  const latest = latestHlcOf(Object.values(state).map((register) => register.hlc));
  if (latest === undefined) throw new Error('A user of whom nothing is known is never written.');
  return latest;
}
