import { ReplicatedStore } from '@meridian/replication';
import type { Provider, Type } from '@nestjs/common';
import { ConflictLedger } from './conflict-ledger.ts';
import { ReapplyConflict } from './conflicts.controller.ts';

/** The providers of a service's ledger, beside those of `replicate()`; `reapply` is the service's own, and so is the store. */
export function keepConflicts(reapply: Type<ReapplyConflict>): Provider[] {
  return [
    {
      provide: ConflictLedger,
      useFactory: ({ pool }: ReplicatedStore) => new ConflictLedger(pool),
      inject: [ReplicatedStore],
    },
    { provide: ReapplyConflict, useClass: reapply },
  ];
}
