import type { AfterRebuild } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isClaimed } from '../domain/user.ts';
import { ClaimStore } from '../persistence/claim-store.ts';
import { UserStore } from '../persistence/user-store.ts';
import { ClaimRegions } from './claim-regions.ts';
import { SecureEmail } from './secure-email.ts';

const PAGE = 1_000;

/**
 * After its disk was lost, a claim region has forgotten who has the addresses that it decides on, and would give them
 * away again. The users are back, and say it: whose address is confirmed has it. Whose is provisional claims it again, as
 * that is due in the region that registered them until it is told.
 */
@Injectable()
export class ClaimsAgain implements AfterRebuild {
  constructor(
    private readonly users: UserStore,
    private readonly claims: ClaimStore,
    private readonly regions: ClaimRegions,
    private readonly emails: SecureEmail,
  ) {}

  async afterRebuild(): Promise<string[]> {
    let claimed = 0;
    for (let after: string | undefined, page = await this.users.page(after, PAGE); page.length > 0; ) {
      for (const { id, state } of page) if (await this.claim(id, state)) claimed += 1;
      after = page.at(-1)?.id;
      page = await this.users.page(after, PAGE);
    }
    return claimed === 0 ? [] : [`${claimed} claims to e-mail addresses are made again from the users`];
  }

  private async claim(userId: string, state: Parameters<typeof isClaimed>[0]): Promise<boolean> {
    if (!state.email || !isClaimed(state) || state.emailClaim?.status !== 'confirmed') return false;
    const digest = this.emails.digestOf(state.email.value);
    if (this.regions.regionOf(digest) !== this.regions.here) return false;
    return this.claims.replace(digest, undefined, { userId, hlc: state.email.hlc, state: 'settled' });
  }
}
