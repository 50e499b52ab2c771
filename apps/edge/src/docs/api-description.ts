import { type Place, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { ClientRouting } from '../routing/client-routing.ts';
import type { Upstreams } from '../routing/upstreams.ts';
import { mergeOpenApi, type OpenApiDocument } from './merge-openapi.ts';

const FRESH_MS = 60_000;
/** An incomplete description is asked for again soon, but not with every request. */
const RETRY_MS = 2_000;
const TIMEOUT_MS = 2_000;
const LARGEST_BYTES = 2 * 1024 * 1024;

/** The description of the whole API: fetched from the services when first asked for, from the nearest healthy region. */
export class ApiDescription {
  readonly #upstreams: Upstreams;
  readonly #routing: ClientRouting;
  readonly #place: Place;
  readonly #documents = new Map<ServiceName, OpenApiDocument>();
  #text: string | undefined;
  #staleAtMs = 0;
  #fetching: Promise<void> | undefined;

  constructor(upstreams: Upstreams, routing: ClientRouting, place: Place) {
    this.#upstreams = upstreams;
    this.#routing = routing;
    this.#place = place;
  }

  /** JSON text, or undefined when no service could be asked yet. */
  async read(): Promise<string | undefined> {
    if (Date.now() >= this.#staleAtMs) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
    return this.#text;
  }

  async #fetch(): Promise<void> {
    const fetched = await Promise.all(SERVICE_NAMES.map((service) => this.#fetchOne(service)));
    for (const [i, service] of SERVICE_NAMES.entries()) {
      const document = fetched[i];
      // What was read once stays good enough while its service is away.
      if (document) this.#documents.set(service, document);
    }
    const missing = SERVICE_NAMES.filter((service) => !this.#documents.has(service));
    if (this.#documents.size > 0) this.#text = JSON.stringify(mergeOpenApi(this.#documents, missing));
    this.#staleAtMs = Date.now() + (fetched.every(Boolean) ? FRESH_MS : RETRY_MS);
  }

  async #fetchOne(service: ServiceName): Promise<OpenApiDocument | undefined> {
    const { candidates } = this.#routing.decide({ service, place: this.#place, kind: 'read', key: service });
    for (const { region } of candidates.slice(0, 2)) {
      try {
        const { statusCode, body } = await this.#upstreams.of(region, service).pool.request({
          method: 'GET',
          path: '/openapi.json',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const text = await body.text();
        if (statusCode === 200 && text.length <= LARGEST_BYTES) return JSON.parse(text) as OpenApiDocument;
      } catch {
        // The next region may have it; that none had it is said by the answer.
      }
    }
    return undefined;
  }
}
