import type { Hlc } from '@meridian/hlc';
import { RegionClock } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { DueClaimStore } from '../persistence/due-claim-store.ts';

/**
 * Answers whether a provisional claim of an address that is earlier than a reading waits in this region. "No" is a promise
 * about the future, too: the clock receives the reading, so whoever registers here from now on is later than it.
 */
@Injectable()
export class EarlierClaims {
  constructor(
    private readonly due: DueClaimStore,
    private readonly clock: RegionClock,
  ) {}

  async arePending(digest: string, hlc: Hlc): Promise<boolean> {
    // Too far ahead to be received: this clock could still give out an earlier reading.
    if (!this.clock.receive(hlc).ok) return true;
    return this.due.hasEarlier(digest, hlc);
  }
}
