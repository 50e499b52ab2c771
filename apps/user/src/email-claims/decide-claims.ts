import type { EmailClaimResponse } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { type AskedClaim, type Claim, claimAddress, releaseClaim, settleClaim } from '../domain/email-claim.ts';
import { ClaimStore } from '../persistence/claim-store.ts';

/** So many claims of one address at one moment are no people. */
const ATTEMPTS = 20;

/** Decides on the addresses whose claim region this is. Each answer says who holds the address after it. */
@Injectable()
export class DecideClaims {
  constructor(private readonly store: ClaimStore) {}

  async claim(digest: string, asked: AskedClaim): Promise<EmailClaimResponse> {
    return this.decide(digest, (known) => claimAddress(known, asked));
  }

  async settle(digest: string, asked: Pick<AskedClaim, 'userId' | 'hlc'>): Promise<EmailClaimResponse> {
    return this.decide(digest, (known) => settleClaim(known, asked) ?? { ...asked, state: 'released' });
  }

  async release(digest: string, asked: Pick<AskedClaim, 'userId' | 'hlc'>): Promise<EmailClaimResponse> {
    return this.decide(digest, (known) => releaseClaim(known, asked));
  }

  private async decide(digest: string, decision: (known: Claim | undefined) => Claim): Promise<EmailClaimResponse> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const known = await this.store.find(digest);
      const { userId, hlc, state } = decision(known);
      const isSame = known?.userId === userId && known.hlc === hlc && known.state === state;
      if (isSame || (await this.store.replace(digest, known, { userId, hlc, state }))) return { userId, hlc, state };
    }
    throw new ProblemError('concurrent-change', { detail: 'Too many claim this address at once; try again.' });
  }
}
