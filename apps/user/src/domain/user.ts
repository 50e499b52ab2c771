import { homeOf } from '@meridian/consistency';
import { joinRegisters, type Overridden, overriddenRegisters, type Register, sameJson } from '@meridian/crdt';
import { compareHlc, type Hlc, latestHlcOf } from '@meridian/hlc';

/**
 * A user is a last-writer-wins register per field: a new name in one region and a new country in another both stay; of
 * two new names the later one holds in every region.
 */
export type UserState = UserFields & { emailClaim?: EmailClaim };

export type UserFields = {
  email?: Register<string>;
  name?: Register<string>;
  country?: Register<string>;
  registeredIn?: Register<string>;
  registeredAt?: Register<string>;
  /** Where they are at home since they moved; absent for who is at home where they were registered. */
  home?: Register<string>;
};

export type EmailStatus = 'provisional' | 'confirmed' | 'lost';

/**
 * What became of the claim to an address. It belongs to one write of the address, `of`, and is worth nothing beside
 * another one: two regions that set two addresses at once must not share what was found of one of them.
 */
export interface EmailClaim {
  status: EmailStatus;
  of: Hlc;
  /**
   * The latest reading of all that was said of claims: by the region that wrote the address, and no other. It decides
   * nothing, and never goes back, as a region's clock goes on after what its rows hold.
   */
  hlc: Hlc;
}

export type User =
  /** Nothing is known yet, or only what came after the registration: another region's event is still on its way. */
  | { known: false }
  | {
      known: true;
      email: string;
      emailStatus: EmailStatus;
      name: string;
      country: string;
      registeredIn: string;
      registeredAt: string;
      homeRegion: string;
    };

export function userOf(state: UserState): User {
  const { email, name, country, registeredIn, registeredAt, home } = state;
  if (!email || !name || !country || !registeredIn || !registeredAt) return { known: false };
  return {
    known: true,
    email: email.value,
    emailStatus: emailStatusOf(state),
    name: name.value,
    country: country.value,
    registeredIn: registeredIn.value,
    registeredAt: registeredAt.value,
    homeRegion: (home ?? registeredIn).value,
  };
}

/**
 * The region that decides for a user when `strong` is asked, of those that may decide now: their home, or, for as long as
 * that is not one of them, another, which every region works out alike. Undefined where the home is not known, or nobody
 * may decide.
 */
export function decidingRegionOf(
  id: string,
  { home, registeredIn }: UserState,
  regions: readonly string[],
): string | undefined {
  const region = (home ?? registeredIn)?.value;
  if (region === undefined || regions.includes(region)) return region;
  return regions.length > 0 ? homeOf(id, regions) : undefined;
}

/** Provisional also where nobody has claimed it: a region that runs an older version does not. */
function emailStatusOf(state: UserState): EmailStatus {
  return isClaimed(state) ? (state.emailClaim?.status ?? 'provisional') : 'provisional';
}

/** Whether what is known of a claim is about the address that the user has. */
export function isClaimed({ email, emailClaim }: UserState): boolean {
  return email !== undefined && emailClaim?.of === email.hlc;
}

export function join({ emailClaim: a, ...fields }: UserState, { emailClaim: b, ...others }: UserState): UserState {
  const emailClaim = joinEmailClaim(a, b);
  return { ...joinRegisters<UserFields>(fields, others), ...(emailClaim && { emailClaim }) };
}

/** In the order in which one claim goes through them; of the last two a claim has one. */
const PROGRESS: Record<EmailStatus, number> = { provisional: 0, confirmed: 1, lost: 2 };

/** What is known of the later address, and the furthest of that. */
function joinEmailClaim(a: EmailClaim | undefined, b: EmailClaim | undefined): EmailClaim | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const isA = a.of === b.of ? PROGRESS[a.status] >= PROGRESS[b.status] : a.of > b.of;
  const { status, of } = isA ? a : b;
  return { status, of, hlc: laterOf(a.hlc, b.hlc) };
}

function laterOf(a: Hlc, b: Hlc): Hlc {
  return compareHlc(a, b) > 0 ? a : b;
}

/** Whether `known` already says all that `joined`, a join of it, says. */
export function isUnchanged(known: UserState, joined: UserState): boolean {
  return sameJson(known, joined);
}

/** What a join of the two discards although nobody replaced it knowingly: to be asked before joining. */
export function overridden(
  { emailClaim: _a, ...fields }: UserState,
  { emailClaim: _b, ...others }: UserState,
): Overridden[] {
  return overriddenRegisters(fields, others);
}

/** Whether every value of `known` is still there: what was joined came too late to show. */
export function isSuperseded(known: UserState, joined: UserState): boolean {
  const parts = Object.keys(joined) as (keyof UserState)[];
  return parts.every((part) => known[part]?.hlc === joined[part]?.hlc);
}

/** The latest reading in what is known of a user; undefined when that is nothing. */
export function knownHlc(state: UserState): Hlc | undefined {
  return latestHlcOf(Object.values(state).map((part) => part.hlc));
}

/** The greatest clock reading in a state. Throws for one that holds nothing, as such a one is never written. */
export function latestHlc(state: UserState): Hlc {
  const latest = knownHlc(state);
  if (latest === undefined) throw new Error('A user of whom nothing is known is never written.');
  return latest;
}
