import {
  type DeadLetterContentResponse,
  type DeadLetterListQuery,
  type DeadLetterListResponse,
  type DeadLetterQuery,
  type DeadLetterResponse,
  deadLetterIdSchema,
  deadLetterListQuery,
  deadLetterQuery,
  type ReplayRequest,
  type ReplayResponse,
  replayRequest,
} from '@meridian/contracts';
import type { DeadLetterRow } from '@meridian/inbox';
import { ProblemError, ServiceContext, validated } from '@meridian/service-kit';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { DeadLetters, nameOf, placeNamed } from './dead-letters.ts';
import { RegionClock } from './region-clock.ts';

/** For people on call and `meridian dlq`; not routed by the edge. */
@Controller('dead-letters')
export class DeadLettersController {
  private readonly self: { service: string; region: string };

  constructor(
    { name }: ServiceContext,
    { region }: RegionClock,
    private readonly deadLetters: DeadLetters,
  ) {
    this.self = { service: name, region };
  }

  @Get()
  async list(
    @Query(validated(deadLetterListQuery)) { status, limit, after }: DeadLetterListQuery,
  ): Promise<DeadLetterListResponse> {
    const behind = after === undefined ? undefined : placeNamed(after);
    const rows = await this.deadLetters.list({ status, limit: limit + 1, after: behind });
    const items = rows.slice(0, limit).map(toItem);
    return { ...this.self, items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  @Get(':id')
  async show(
    @Param('id', validated(deadLetterIdSchema)) id: string,
    @Query(validated(deadLetterQuery)) asked: DeadLetterQuery,
  ): Promise<DeadLetterContentResponse> {
    const found = await this.deadLetters.find(placeNamed(id));
    if (!found) throw new ProblemError('not-found', { detail: `There is no dead letter ${id} here.` });
    const { row, record } = found;
    const value = record?.value ?? null;
    return {
      ...{ ...this.self, ...toItem(row) },
      headers: record?.rawHeaders.map(([name, held]) => [name, held?.toString('utf8') ?? null]) ?? null,
      valueBytes: value?.length ?? null,
      ...(asked.value === 'true' && { value: value?.toString('utf8') ?? null }),
    };
  }

  /** That one fails is no failure of the request: each says for itself what became of it. */
  @Post('replay')
  @HttpCode(200)
  async replay(@Body(validated(replayRequest)) { ids }: ReplayRequest): Promise<ReplayResponse> {
    const replayed = await this.deadLetters.replay(ids.map(placeNamed));
    return {
      ...this.self,
      results: replayed.map((one) => {
        return { id: nameOf(one.place), outcome: one.outcome, reason: 'reason' in one ? one.reason : null };
      }),
    };
  }
}

function toItem(row: DeadLetterRow): DeadLetterResponse {
  const { topic, partition, offset, key, source, sequence, type, traceId, reason, attempts, replayFailure } = row;
  return {
    id: nameOf(row),
    ...{ topic, partition, offset, key, source, sequence, type, traceId, reason, attempts },
    at: row.at.toISOString(),
    replayedAt: row.replayedAt?.toISOString() ?? null,
    replayFailure: replayFailure && { at: replayFailure.at.toISOString(), reason: replayFailure.reason },
  };
}
