import { type Problem, problem, problemTypeUri } from '@meridian/contracts';
import { Epochs } from '@meridian/fencing';
import { type Call, type CallOutcome, createRegionClient, type RegionClient } from '@meridian/region-client';
import { ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { z } from 'zod';
import { CatalogConfig } from '../catalog.config.ts';

/**
 * From a call to another region until its answer. Three of the longest round trips (237 ms), so that a lost packet is
 * survived; and short enough that an order can ask two regions and forward itself within its budget.
 */
export const CALL_TIMEOUT_MS = 800;
/** How often a region that could not be reached is asked whether it is back. */
const PROBE_EVERY_MS = 1_000;

/** What says that it is the way there, or the service at its end, that is not right, and not the request. */
const AWAY = (['service-unavailable', 'upstream-timeout', 'upstream-error', 'internal-error'] as const).map(
  problemTypeUri,
);

/**
 * The catalogs of the other regions, over their links. A region that did not answer counts as away, and no order asks it
 * again until it has answered a probe: the orders under way when a link is cut wait for it once, and none after them.
 */
@Injectable()
export class OtherCatalogs implements OnModuleDestroy {
  private readonly others = new Map<string, { url: string; client: RegionClient; probing?: NodeJS.Timeout }>();

  constructor(
    config: CatalogConfig,
    private readonly context: ServiceContext,
    { carry }: Epochs,
  ) {
    for (const region of config.otherRegions) {
      const url = config.urlIn(region, 'catalog');
      const client = createRegionClient({ baseUrl: url, region, timeoutMs: CALL_TIMEOUT_MS, carry });
      this.others.set(region, { url, client });
    }
  }

  /** In alphabetical order. */
  get regions(): string[] {
    return [...this.others.keys()].sort();
  }

  isAway(region: string): boolean {
    return this.others.get(region)?.probing !== undefined;
  }

  /** Never rejects; takes `CALL_TIMEOUT_MS` at most, and no time when the region is away. */
  async call<Schema extends z.ZodType>(region: string, call: Call<Schema>): Promise<CallOutcome<z.output<Schema>>> {
    const other = this.others.get(region);
    if (!other) throw new Error(`There is no other region "${region}".`);
    if (other.probing) return { ok: false, problem: notReached(region) };
    const outcome = await other.client.call(call);
    if (!outcome.ok && isAway(outcome.problem)) this.noteAway(region, outcome.problem);
    return outcome;
  }

  async onModuleDestroy(): Promise<void> {
    for (const { probing } of this.others.values()) clearInterval(probing);
    await Promise.all([...this.others.values()].map(({ client }) => client.close()));
  }

  private noteAway(region: string, { detail }: Problem): void {
    const other = this.others.get(region);
    if (!other || other.probing) return;
    this.context.logger.warn({ other: region, why: detail }, 'another region is not asked for stock until it answers');
    other.probing = setInterval(async () => {
      if (!(await answers(other.url)) || !other.probing) return;
      clearInterval(other.probing);
      other.probing = undefined;
      this.context.logger.info({ other: region }, 'another region answers again');
    }, PROBE_EVERY_MS);
    other.probing.unref();
  }
}

export function isAway({ type }: Problem): boolean {
  return AWAY.some((uri) => uri === type);
}

function notReached(region: string): Problem {
  return problem('service-unavailable', { detail: `The catalog of ${region} could not be reached lately.` });
}

/** Not by the region client: what is asked every second is of no interest in a trace. */
async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}
