import {
  type ApiService,
  type DigestQuery,
  type DigestResponse,
  digestQuery,
  type LagResponse,
  type OpenApiDocument,
  type OutboxEventsQuery,
  type OutboxEventsResponse,
  type OutboxResponse,
  openApiOf,
  outboxEventsQuery,
} from '@meridian/contracts';
import { readOutboxState } from '@meridian/outbox';
import { ServiceContext, validated } from '@meridian/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { EventStreams } from './event-streams.ts';
import { RegionClock } from './region-clock.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { ReplicationLag } from './replication-lag.ts';
import { readBucketDigests, readDigest } from './state-digest.ts';

/** What the runner, the CLI, the tests and people on call ask of any service; not routed by the edge. */
@Controller()
export class OperationsController {
  private readonly self: { service: string; region: string };
  private readonly document: OpenApiDocument;

  constructor(
    { name }: ServiceContext,
    { region }: RegionClock,
    private readonly store: ReplicatedStore,
    private readonly streams: EventStreams,
    private readonly replicationLag: ReplicationLag,
  ) {
    this.self = { service: name, region };
    this.document = openApiOf(name as ApiService);
  }

  @Get('digest')
  async digest(@Query(validated(digestQuery)) { buckets }: DigestQuery): Promise<DigestResponse> {
    const { pool, table } = this.store;
    const digest = buckets === undefined ? readDigest(pool, table) : readBucketDigests(pool, table, buckets);
    return { ...this.self, ...(await digest) };
  }

  @Get('lag')
  lag(): LagResponse {
    return { ...this.self, byOrigin: this.replicationLag.figures() };
  }

  @Get('outbox')
  async outbox(): Promise<OutboxResponse> {
    return { ...this.self, ...(await readOutboxState(this.store.pool)) };
  }

  /** Of which writes somebody else has not: a page of them, oldest first. */
  @Get('outbox/events')
  async events(
    @Query(validated(outboxEventsQuery)) { after, limit }: OutboxEventsQuery,
  ): Promise<OutboxEventsResponse> {
    const written = await this.streams.writtenAfter(this.store.table.topic, after, limit);
    const events = written.map(({ committedAt, ...event }) => ({ ...event, committedAt: committedAt.toISOString() }));
    return { ...this.self, events, next: events.length < limit ? null : (events.at(-1)?.sequence ?? null) };
  }

  @Get('openapi.json')
  openApi(): OpenApiDocument {
    return this.document;
  }
}
