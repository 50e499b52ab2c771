import type { Step } from '@meridian/local';
import { CommandFailure } from '../command-failure.ts';
import { placeFirstOrders } from '../first-order/place-first-orders.ts';
import {
  CATALOG_SIZE,
  productsEverywhere,
  seedCatalog,
  waitForCatalogEverywhere,
} from '../first-order/seed-catalog.ts';
import { arrivalFaults } from '../order/arrival.ts';
import type { Session } from '../session.ts';
import type { UpReport } from './up-report.ts';

/**
 * What makes an instance worth looking at: products in every region, unless they are there, and an order through the
 * edge in each, watched into the others. Throws when an order came sooner than its link allows, or not at all.
 */
export async function fillAndOrder(session: Session, report: UpReport, signal: AbortSignal): Promise<void> {
  if ((await productsEverywhere(session)) < CATALOG_SIZE) {
    const count = CATALOG_SIZE.toLocaleString('en');
    await timed(report, `catalog: ${count} products, through the edge`, () => seedCatalog(session));
    await timed(report, 'catalog: the same in every region', () => waitForCatalogEverywhere(session));
  }
  const faults: string[] = [];
  for await (const observed of placeFirstOrders(session, signal)) {
    report.firstOrder(observed);
    faults.push(...arrivalFaults(observed.servedBy, observed.arrivals));
  }
  if (faults.length > 0) throw new CommandFailure(faults.join('\n'));
}

async function timed(report: UpReport, name: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  const tell = (state: Step['state']) => report.step({ name, state, ms: performance.now() - started });
  report.step({ name, state: 'started' });
  try {
    await work();
  } catch (failure) {
    tell('failed');
    throw failure;
  }
  tell('done');
}
