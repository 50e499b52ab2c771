import {
  aggregateDigestResponse,
  digestResponse,
  type HeardOfResponse,
  heardOfResponse,
  type StatesResponse,
  statesResponse,
  TOPIC_OF,
} from '@meridian/contracts';
import { type Call, createRegionClient, type RegionClient } from '@meridian/region-client';
import { type RegionId, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { z } from 'zod';

/** Asked again and again: one that does not answer is to be named soon. Some of the longest round trips, with a digest. */
const HEAR_WITHIN_MS = 5_000;
/** A digest of many buckets reads the whole table, and a page of large states has its time on a narrow link. */
const READ_WITHIN_MS = 60_000;

/** Another region as one from which lost data are got back, over its links. Each call throws one plain sentence. */
export class SourceRegion {
  readonly #hearing: ReadonlyMap<ServiceName, RegionClient>;
  readonly #reading: RegionClient;

  constructor(
    readonly region: RegionId,
    private readonly service: ServiceName,
    urlOf: (service: ServiceName) => string,
  ) {
    const clientOf = (of: ServiceName, timeoutMs: number) =>
      createRegionClient({ baseUrl: urlOf(of), region, timeoutMs });
    this.#hearing = new Map(SERVICE_NAMES.map((one) => [one, clientOf(one, HEAR_WITHIN_MS)]));
    this.#reading = clientOf(service, READ_WITHIN_MS);
  }

  /** What each of its services has of the region `lost`. */
  heardOf(lost: RegionId, services: readonly ServiceName[]): Promise<HeardOfResponse[]> {
    const path = `/rebuild/heard-of?region=${encodeURIComponent(lost)}&topic=${TOPIC_OF[this.service]}`;
    return Promise.all(
      services.map((one) =>
        this.#ask(one, this.#hearing.get(one), { method: 'GET', path, responseSchema: heardOfResponse }),
      ),
    );
  }

  async publishedBy(services: readonly ServiceName[], lost: RegionId): Promise<Map<ServiceName, number>> {
    const heard = await this.heardOf(lost, services);
    return new Map(heard.map(({ service, publishedSequence }) => [service as ServiceName, publishedSequence]));
  }

  states(after: string | undefined, limit: number): Promise<StatesResponse> {
    const path = `/rebuild/states?limit=${limit}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    return this.#read({ method: 'GET', path, route: '/rebuild/states', responseSchema: statesResponse });
  }

  async statesOf(ids: readonly string[]): Promise<StatesResponse['items']> {
    const call = { method: 'POST', path: '/rebuild/states', body: { ids }, responseSchema: statesResponse } as const;
    return (await this.#read(call)).items;
  }

  async bucketDigests(buckets: number): Promise<string[]> {
    const path = `/digest?buckets=${buckets}`;
    const answer = await this.#read({ method: 'GET', path, responseSchema: digestResponse });
    return (answer.buckets ?? []).map(({ digest }) => digest);
  }

  async aggregateDigests(wanted: readonly number[], buckets: number): Promise<{ id: string; digest: string }[]> {
    const path = `/digest/aggregates?buckets=${buckets}&in=${wanted.join(',')}`;
    const call = { method: 'GET', path, route: '/digest/aggregates', responseSchema: aggregateDigestResponse } as const;
    return (await this.#read(call)).aggregates;
  }

  async close(): Promise<void> {
    await Promise.all([this.#reading, ...this.#hearing.values()].map((client) => client.close()));
  }

  #read<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>> {
    return this.#ask(this.service, this.#reading, call);
  }

  async #ask<Schema extends z.ZodType>(
    service: ServiceName,
    client: RegionClient | undefined,
    call: Call<Schema>,
  ): Promise<z.output<Schema>> {
    const answer = await client?.call({ ...call, repeatable: true });
    if (answer?.ok) return answer.body;
    throw new Error(`${this.region}/${service}: ${answer?.problem.detail ?? answer?.problem.title ?? 'not asked'}`);
  }
}
