import {
  type HeardOfQuery,
  type HeardOfResponse,
  heardOfQuery,
  type RebuildResponse,
  type StatesQuery,
  type StatesRequest,
  type StatesResponse,
  statesQuery,
  statesRequest,
} from '@meridian/contracts';
import { AppliedHorizons, lastSequencesOf } from '@meridian/inbox';
import { readOutboxState } from '@meridian/outbox';
import { SERVICE_NAMES } from '@meridian/regions';
import { ServiceContext, validated } from '@meridian/service-kit';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { EventStreams } from '../event-streams.ts';
import { RegionClock } from '../region-clock.ts';
import { ReplicatedStore } from '../replicated-store.ts';
import { readDigest } from '../state-digest.ts';
import { latestOf } from './latest-of.ts';
import { readStates, readStatesOf } from './read-states.ts';
import { Rebuild } from './rebuild.ts';

/** What a region that lost its disk asks of the others, and what is told of its own rebuild. */
@Controller('rebuild')
export class RebuildController {
  private readonly self: { service: string; region: string };

  constructor(
    { name }: ServiceContext,
    { region }: RegionClock,
    private readonly store: ReplicatedStore,
    private readonly streams: EventStreams,
    private readonly horizons: AppliedHorizons,
    private readonly rebuild: Rebuild,
  ) {
    this.self = { service: name, region };
  }

  @Get()
  progress(): RebuildResponse {
    return { ...this.self, ...this.rebuild.progress.toResponse() };
  }

  @Get('heard-of')
  async heardOf(@Query(validated(heardOfQuery)) { region, topic }: HeardOfQuery): Promise<HeardOfResponse> {
    const { pool, table } = this.store;
    // First: what is read after it is in the numbers.
    const unread = await this.streams.unreadOf(region, topic);
    const [lastSequences, { publishedSequence }, { aggregates }] = await Promise.all([
      lastSequencesOf(pool, region),
      readOutboxState(pool),
      readDigest(pool, table),
    ]);
    const promised = SERVICE_NAMES.flatMap((service) => Object.values(this.horizons.of(service)[region] ?? {}));
    const horizon = latestOf(promised.map(({ reached }) => reached));
    return { ...this.self, aggregates, publishedSequence, unread, lastSequences, horizon };
  }

  @Get('states')
  async states(@Query(validated(statesQuery)) { after, limit }: StatesQuery): Promise<StatesResponse> {
    const { pool, table } = this.store;
    return { ...this.self, ...(await readStates(pool, table, { limit, ...(after !== undefined && { after }) })) };
  }

  @Post('states')
  @HttpCode(200)
  async statesOf(@Body(validated(statesRequest)) { ids }: StatesRequest): Promise<StatesResponse> {
    const { pool, table } = this.store;
    return { ...this.self, items: await readStatesOf(pool, table, ids), next: null };
  }
}
