import { Epochs } from '@meridian/fencing';
import { decidingRegions, type RegionId } from '@meridian/regions';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import type { KnownUser } from '../persistence/user-shapes.ts';
import { UserConfig } from '../user.config.ts';

/**
 * Moves the home of a person to another region: there their strong reads and writes are served from then on.
 *
 * The problem: for a moment two regions could take themselves for the home, or none. So the present home decides, in one
 * write of the person's row; the request is brought there like everything that is `strong`. What it decides after that
 * write, it decides no more: every strong write needs the row as it was when its home was looked at. The new home begins
 * when it has the move, which brings all that the old one had decided (`domain/decide.ts`). In between nobody decides: who
 * asks waits, or is refused, and is told nothing stale.
 *
 * The move is a register like the name, so a region of an older version keeps it, unread, and goes on sending to the old
 * home, which sends on. Where the home's region is out by the routing table, who decides in its place moves it; its commit
 * needs that it may write, and not that the epoch is still the one. A region that is cut off and has not heard that it is out
 * may move a home as well; of the two the later reading holds, everywhere, and the other one is in the conflict ledger.
 */
@Injectable()
export class RehomeUser {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly epochs: Epochs,
    private readonly config: UserConfig,
  ) {}

  /** Throws a ProblemError for a region that there is not, one that is out, and where they are at home already. */
  rehome(id: string, to: RegionId): Promise<KnownUser> {
    const regions = [this.config.region, ...this.config.otherRegions];
    if (!regions.includes(to))
      throw new ProblemError('unknown-region', { detail: `The regions are ${regions.toSorted().join(', ')}.` });
    const { table } = this.epochs;
    const deciding = decidingRegions(table);
    if (!deciding.includes(to)) {
      const state = table.regions[to]?.state ?? 'not in the table';
      const who = deciding.join(', ') || 'none';
      const detail = `${to} is ${state} in mode ${table.mode.kind} and takes no writes; regions that do: ${who}.`;
      throw new ProblemError('home-out-of-service', { detail });
    }
    return this.carryOut.command(id, { type: 'RehomeUser', to });
  }
}
