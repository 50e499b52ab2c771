import { setTimeout as pause } from 'node:timers/promises';
import { type CreateProductRequest, HEADERS } from '@meridian/contracts';
import { regionIds, urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { reach } from '../instance/ask.ts';
import { digestsOf } from '../instance/digests.ts';
import { problemSentence, unsampledTraceparent } from '../instance/http.ts';
import type { Session } from '../session.ts';
import { productCatalog } from './product-catalog.ts';

export const CATALOG_SIZE = 1_000;
const SEED = 20_260_101;
const UNITS_PER_REGION = 1_000;
/** Enough to keep three catalogs busy; more only queues in front of them. */
const AT_ONCE = 24;
const ATTEMPTS = 3;
const EVERYWHERE_WITHIN_MS = 60_000;

/** How many products the emptiest region holds. */
export async function productsEverywhere(session: Session): Promise<number> {
  return Math.min(...(await digestsOf(session, 'catalog')).map((d) => d.aggregates));
}

/**
 * Creates the products through the edge, spread over the regions by the client's location. A product that exists is
 * left as it is, so an interrupted start is continued. Nothing of it is traced: a thousand traces of no interest would
 * push the first order out of a small trace store.
 */
export async function seedCatalog(session: Session): Promise<{ created: number }> {
  const regions = session.topology.regions;
  const products = productCatalog({
    count: CATALOG_SIZE,
    seed: SEED,
    regions: regionIds(session.topology),
    unitsPerRegion: UNITS_PER_REGION,
  });
  let created = 0;
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < products.length; i = next++) {
      const { location } = regions[i % regions.length] as (typeof regions)[number];
      if (await create(session, products[i] as CreateProductRequest, `${location.lat},${location.lon}`)) created++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { created };
}

async function create(session: Session, product: CreateProductRequest, location: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const answer = await reach(session, 'The edge', {
      method: 'POST',
      url: `${urlOf(session.addresses.edge)}/products`,
      body: product,
      headers: { [HEADERS.clientLocation]: location, traceparent: unsampledTraceparent() },
      timeoutMs: 15_000,
    });
    if (answer.status === 201) return true;
    if (answer.status === 409) return false;
    if (answer.status < 500 || attempt === ATTEMPTS)
      throw new CommandFailure(`The product ${product.sku} could not be created: ${problemSentence(answer)}.`);
    await pause(100 * attempt);
  }
}

/** Until every region holds the same catalog. */
export async function waitForCatalogEverywhere(session: Session): Promise<void> {
  const deadline = performance.now() + EVERYWHERE_WITHIN_MS;
  for (;;) {
    const digests = await digestsOf(session, 'catalog');
    const [first] = digests;
    if (digests.every((d) => d.aggregates >= CATALOG_SIZE && d.digest === first?.digest)) return;
    if (performance.now() > deadline) {
      const held = digests.map((d) => `${d.region} ${d.aggregates}`).join(', ');
      throw new CommandFailure(
        `The catalog is not equal in every region after ${EVERYWHERE_WITHIN_MS / 1000} s: ${held} products.`,
      );
    }
    await pause(50);
  }
}
