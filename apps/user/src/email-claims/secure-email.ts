import type { EmailStatus } from '@meridian/contracts';
import type { Hlc } from '@meridian/hlc';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { isClaimed, type UserState } from '../domain/user.ts';
import { type DueClaim, DueClaimStore } from '../persistence/due-claim-store.ts';
import { UserConfig } from '../user.config.ts';
import { ClaimRegions } from './claim-regions.ts';
import { emailDigest } from './email-digest.ts';

export type Consistency = 'eventual' | 'session' | 'strong';

/** What the commit of a user who takes an address has to contain. */
export interface SecuredEmail {
  status: Exclude<EmailStatus, 'lost'>;
  /** The intent that it carries out; without it the claim is not the user's any more. */
  done?: DueClaim;
  add: DueClaim[];
}

/**
 * An e-mail address belongs to one user in all regions.
 *
 * The problem: a rule over all users cannot be checked by a region that does not hear of the others' writes in time, and
 * no join can mend it afterwards: two users of one address are both right. So this one thing is not active-active. One
 * region decides about each address, and asking it costs a round trip; which region that is follows from the address, so
 * that no region is needed by everybody, and a third of them need no call.
 *
 * Why not one region for all addresses: its loss would end registration everywhere. Why not a consensus of the regions
 * for each address: it would survive the loss of any one region, and cost a round trip to a majority for every
 * registration, also where the claim region is the own one.
 *
 * Before the claim, an intent is written here; the commit of the user needs it and removes it. A registration that breaks
 * off in between leaves the intent, and so the claim is given back (`DueClaims`), while the commit of a request that was
 * only slow is refused. Nobody has to guess by a clock whether a claim elsewhere is still meant.
 *
 * `eventual` asks nobody: the user is accepted provisionally, and the claim is made behind their back.
 *
 * Limits: while the claim region is away its addresses cannot be taken, but provisionally; when it is lost for good, or
 * the list of regions changes, claims must be moved by hand. Details: docs/explanation/unique-email.md.
 */
@Injectable()
export class SecureEmail {
  constructor(
    private readonly regions: ClaimRegions,
    private readonly due: DueClaimStore,
    private readonly config: UserConfig,
  ) {}

  get region(): string {
    return this.regions.here;
  }

  digestOf(email: string): string {
    return emailDigest(this.config.emailDigestKey, email);
  }

  /** Throws a ProblemError when another user has the address, or when that cannot be known and must be. */
  async take(
    of: { userId: string; email: string; hlc: Hlc; known: UserState },
    asked: Consistency,
  ): Promise<SecuredEmail> {
    const digest = this.digestOf(of.email);
    const released = this.givenUp(of.userId, of.known, { digest, hlc: of.hlc });
    const region = this.regions.regionOf(digest);
    const one = { userId: of.userId, digest, hlc: of.hlc, traceparent: currentTraceparent() };
    if (asked === 'eventual' && region !== this.regions.here)
      return { status: 'provisional', add: [...released, { ...one, task: 'claim' }] };

    const out = this.regions.whyOut(region);
    if (out) throw undecided(region, out);

    const intent: DueClaim = { ...one, task: 'intent' };
    await this.due.intend(intent);
    const answer = await this.regions.claim(digest, { userId: of.userId, hlc: of.hlc, provisional: false });
    if (!answer.ok) throw undecided(region, this.regions.whyOut(region));
    const { userId: holder, state } = answer.body;
    if (holder === of.userId && state === 'settled') return { status: 'confirmed', done: intent, add: released };
    await this.due.remove(intent);
    throw new ProblemError('email-taken', { detail: 'Another user has this e-mail address.' });
  }

  /**
   * The claim that a user has no more use for once another address is theirs, by the write `hlc`. Nothing when they keep
   * the address, or when nobody claimed it for them.
   */
  givenUp(userId: string, known: UserState, taken: { digest: string; hlc: Hlc }): DueClaim[] {
    if (!known.email || !isClaimed(known)) return [];
    const digest = this.digestOf(known.email.value);
    if (digest === taken.digest) return [];
    return [{ userId, digest, hlc: taken.hlc, task: 'release', traceparent: currentTraceparent() }];
  }
}

/** It may have been claimed all the same; then the intent sees to it. */
function undecided(region: string, out = 'which cannot be asked now'): ProblemError {
  const detail = `Whether the e-mail address is free is decided in ${region}, ${out}. Try again, or send x-meridian-consistency: eventual to be accepted provisionally.`;
  return new ProblemError('service-unavailable', { detail }, { 'retry-after': '1' });
}
