import { type ConflictEntry, ReapplyConflict } from '@meridian/conflicts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';

/**
 * Of an order nothing is written again. A fact is no value that could be set: the earlier one holds, whatever is written
 * later, and what the other one took is given back by itself (surplus, refunds). The ledger shows it, and a person acts by
 * another order or another payment.
 */
@Injectable()
export class ReapplyOrderConflict extends ReapplyConflict {
  async reapply({ aggregateId, field }: ConflictEntry): Promise<void> {
    const detail = `Of the order ${aggregateId} the ${field} that came first holds; place or pay another one instead.`;
    throw new ProblemError('not-reappliable', { detail });
  }
}
