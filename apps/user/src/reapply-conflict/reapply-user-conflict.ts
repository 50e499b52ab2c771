import { type ConflictEntry, ReapplyConflict } from '@meridian/conflicts';
import { changeProfileRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';

/** A value that lost is a change of the profile like any other, an address with its claim. */
@Injectable()
export class ReapplyUserConflict extends ReapplyConflict {
  constructor(private readonly carryOut: CarryOut) {
    super();
  }

  async reapply({ aggregateId, field, lost }: ConflictEntry): Promise<void> {
    const change = changeProfileRequest.safeParse({ [field]: lost.value });
    if (!change.success)
      throw new ProblemError('not-reappliable', { detail: `Nobody can write the field ${field} of a user.` });
    await this.carryOut.command(aggregateId, { type: 'ChangeProfile', ...change.data });
  }
}
