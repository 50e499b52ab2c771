import { randomUUID } from 'node:crypto';
import { isFencedCommit } from '@meridian/fencing';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { v5 as uuidV5 } from 'uuid';
import { CarryOut } from '../carry-out.ts';
import type { Profile } from '../domain/decide.ts';
import { userOf } from '../domain/user.ts';
import { type Consistency, SecureEmail } from '../email-claims/secure-email.ts';
import type { KnownUser } from '../persistence/user-shapes.ts';
import { UserStore } from '../persistence/user-store.ts';

/** Of no meaning but that it never changes: a retry that reaches another region must find the same user. */
const NAMESPACE = '3c0c8a5e-9d0b-5b3d-8a5f-6c2e1f7d4b90';

/**
 * Registers a user. With a key, the id follows from key and address: a retry, in whatever region, is the same user, holds
 * the claim of the first attempt, and completes what that broke off. Without one every request is another user, and a
 * retry finds the address taken: by the first attempt, if that was done after all, or until its claim is given back.
 */
@Injectable()
export class RegisterUser {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly emails: SecureEmail,
    private readonly store: UserStore,
  ) {}

  async register(
    profile: Profile,
    { key, consistency }: { key: string | undefined; consistency: Consistency },
  ): Promise<{ id: string; user: KnownUser; replayed: boolean }> {
    const id = key === undefined ? randomUUID() : uuidV5(`${key} ${this.emails.digestOf(profile.email)}`, NAMESPACE);
    try {
      const user = await this.carryOut.command(id, { type: 'RegisterUser', ...profile }, consistency);
      return { id, user, replayed: false };
    } catch (refusal) {
      // Asked again it would be another user, from whom the address is kept: nobody may send it again for the client.
      if (key === undefined && isFencedCommit(refusal)) throw notCommitted();
      if (key === undefined || !(refusal instanceof ProblemError) || refusal.problem !== 'already-exists')
        throw refusal;
      const user = userOf((await this.store.find(id)).state);
      if (!user.known) throw refusal;
      return { id, user, replayed: true };
    }
  }
}

function notCommitted(): ProblemError {
  const detail =
    'This region stopped taking writes meanwhile. The address is kept for a moment; an Idempotency-Key makes it safe to ask again at once.';
  return new ProblemError('region-not-writable', { detail }, { 'retry-after': '5' });
}
