import {
  type AdvanceOutboxRequest,
  type AggregateDigestQuery,
  type AggregateDigestResponse,
  advanceOutboxRequest,
  aggregateDigestQuery,
  type CloseGapsRequest,
  type CloseGapsResponse,
  closeGapsRequest,
  type InboxResponse,
  type OutboxResponse,
  type ResendRequest,
  type ResendResponse,
  resendRequest,
} from '@meridian/contracts';
import { closeGap, countOpenDeadLetters, readInboxState, type SourceState, settleDeadLetters } from '@meridian/inbox';
import { advanceOutbox, readOutboxState } from '@meridian/outbox';
import { ServiceContext, validated } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { RegionClock } from './region-clock.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { resendStates } from './resend-states.ts';
import { readAggregateDigests } from './state-digest.ts';

/** What `meridian verify` and `meridian repair` ask of a service to find and mend what a region misses. */
@Controller()
export class RepairController {
  private readonly self: { service: string; region: string };

  constructor(
    private readonly context: ServiceContext,
    { region }: RegionClock,
    private readonly store: ReplicatedStore,
  ) {
    this.self = { service: context.name, region };
  }

  @Get('digest/aggregates')
  async aggregates(
    @Query(validated(aggregateDigestQuery)) { buckets, in: wanted }: AggregateDigestQuery,
  ): Promise<AggregateDigestResponse> {
    const { pool, table } = this.store;
    return { ...this.self, aggregates: await readAggregateDigests(pool, table, wanted, buckets) };
  }

  @Get('inbox')
  async inbox(): Promise<InboxResponse> {
    const { pool } = this.store;
    await settleDeadLetters(pool);
    const [sources, openDeadLetters] = await Promise.all([readInboxState(pool), countOpenDeadLetters(pool)]);
    return { ...this.self, bySource: Object.fromEntries(sources.map(toEntry)), openDeadLetters };
  }

  @Post('resend')
  @HttpCode(200)
  async resend(@Body(validated(resendRequest)) { ids }: ResendRequest): Promise<ResendResponse> {
    const { pool, table } = this.store;
    const resent = await resendStates(pool, table, ids, currentTraceparent());
    this.context.logger.info({ resent }, 'states are sent again, for a region that may miss them');
    return { ...this.self, resent };
  }

  @Post('inbox/close')
  @HttpCode(200)
  async close(@Body(validated(closeGapsRequest)) { source, gaps }: CloseGapsRequest): Promise<CloseGapsResponse> {
    let closed = 0;
    for (const gap of gaps) closed += await closeGap(this.store.pool, { source, ...gap });
    this.context.logger.warn({ source, gaps, closed }, 'gaps are closed: a repair has seen their effect here');
    return { ...this.self, closed };
  }

  @Post('outbox/advance')
  @HttpCode(200)
  async advance(@Body(validated(advanceOutboxRequest)) { sequence }: AdvanceOutboxRequest): Promise<OutboxResponse> {
    if (await advanceOutbox(this.store.pool, sequence))
      this.context.logger.warn({ sequence }, 'sequences go on from here: others know this region’s up to it');
    return { ...this.self, ...(await readOutboxState(this.store.pool)) };
  }
}

function toEntry({ source, gaps, ...state }: SourceState): [string, InboxResponse['bySource'][string]] {
  const told = gaps.map(({ firstSequence, lastSequence, openSince, deadLetters }) => {
    return { firstSequence, lastSequence, openSince: openSince.toISOString(), deadLetters };
  });
  return [source, { ...state, gaps: told }];
}
