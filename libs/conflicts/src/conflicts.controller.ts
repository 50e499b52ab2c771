import {
  type ConflictListQuery,
  type ConflictListResponse,
  type ConflictResponse,
  conflictListQuery,
  reapplyConflictRequest,
  uuidSchema,
} from '@meridian/contracts';
import { ProblemError, validated } from '@meridian/service-kit';
import { Body, Controller, Get, HttpCode, Param, Post, Query, type Type } from '@nestjs/common';
import type { ConflictEntry } from './conflict.ts';
import { ConflictLedger } from './conflict-ledger.ts';

/**
 * How a service writes a losing value again: as a new write, through the path of its own commands, so that it is decided,
 * told to the other regions and, being the latest, wins everywhere. Throws a ProblemError when that cannot be. A class, so
 * that it can be injected.
 */
export abstract class ReapplyConflict {
  abstract reapply(entry: ConflictEntry): Promise<void>;
}

/**
 * The routes of a service's ledger, below the root by which the edge knows the service: `/users/conflicts`. An id of an
 * aggregate is never spelt `conflicts`, and a route without parameters goes before one with.
 */
export function conflictsController(root: 'users' | 'products' | 'orders'): Type {
  @Controller(`${root}/conflicts`)
  class ConflictsController {
    constructor(
      private readonly ledger: ConflictLedger,
      private readonly again: ReapplyConflict,
    ) {}

    @Get()
    list(@Query(validated(conflictListQuery)) query: ConflictListQuery): Promise<ConflictListResponse> {
      return this.ledger.list(query);
    }

    @Get(':id')
    async find(@Param('id', validated(uuidSchema)) id: string): Promise<ConflictResponse> {
      return (await this.ledger.find(id)) ?? notHere(id);
    }

    /** What was re-applied before is not written again. A crash between the two steps leaves it open: asking again is right. */
    @Post(':id/reapply')
    @HttpCode(200)
    async reapply(
      @Param('id', validated(uuidSchema)) id: string,
      @Body(validated(reapplyConflictRequest)) _nothing: object,
    ): Promise<ConflictResponse> {
      const entry = (await this.ledger.find(id)) ?? notHere(id);
      if (entry.status === 'resolved') return entry;
      await this.again.reapply(entry);
      return (await this.ledger.markResolved(id)) ?? notHere(id);
    }
  }
  return ConflictsController;
}

function notHere(id: string): never {
  throw new ProblemError('not-found', { detail: `This region has noticed no conflict ${id}.` });
}
