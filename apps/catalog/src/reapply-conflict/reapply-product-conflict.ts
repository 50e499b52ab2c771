import { type ConflictEntry, ReapplyConflict } from '@meridian/conflicts';
import { changeProductRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { tagOfField } from '../domain/discarded.ts';

/**
 * A name or a price that lost is a change of the product like any other; as a price it settles the conflict. A removal of a
 * tag that lost removes it, having seen the addition.
 */
@Injectable()
export class ReapplyProductConflict extends ReapplyConflict {
  constructor(private readonly carryOut: CarryOut) {
    super();
  }

  async reapply({ aggregateId, field, lost }: ConflictEntry): Promise<void> {
    const tag = tagOfField(field);
    if (tag !== undefined) {
      await this.carryOut.command(aggregateId, { type: 'RemoveTag', tag });
      return;
    }
    const change = changeProductRequest.safeParse({ [field]: lost.value });
    if (!change.success)
      throw new ProblemError('not-reappliable', { detail: `Nobody can write the field ${field} of a product.` });
    await this.carryOut.command(aggregateId, { type: 'ChangeProduct', ...change.data });
  }
}
