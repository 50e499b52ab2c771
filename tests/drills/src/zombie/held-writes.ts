import type { RegionId } from '@meridian/regions';
import { type Answer, atService, holdRow } from '@meridian/test-harness';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';

/** A change that its service has begun and cannot finish, as a row that it needs is locked. */
export interface HeldWrite {
  /** What is found only where it took effect. */
  name: string;
  /** What its client is told, in the end. */
  answer: Promise<string>;
  /** The row is free again: its statement goes on to its commit. */
  letGo(): Promise<void>;
}

const IN_THE_STATEMENT_WITHIN_MS = 5_000;
const PATIENCE_MS = 30_000;

/** Holds a write of each of these products, or none: a drill without a verdict leaves no locked row to the next one. */
export async function holdWrites(
  region: RegionId,
  skus: readonly string[],
  nameOf: () => string,
): Promise<HeldWrite[]> {
  const begun = await Promise.allSettled(skus.map((sku) => holdWrite(region, sku, nameOf())));
  const held = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = begun.find((one) => one.status === 'rejected');
  if (!failed) return held;
  await Promise.all(held.map((one) => one.letGo()));
  throw failed.reason;
}

/** Renames a product, and holds it where PostgreSQL waits for the row. Proves that it waits there. */
async function holdWrite(region: RegionId, sku: string, name: string): Promise<HeldWrite> {
  const row = await holdRow(region, 'catalog', 'SELECT 1 FROM products WHERE sku = $1 FOR UPDATE', [sku]);
  const answer = rename(region, sku, name);
  try {
    const early = answer.then((told) => Promise.reject(new Error(`the held write of ${sku} was answered: ${told}`)));
    await Promise.race([row.untilWaitedFor(IN_THE_STATEMENT_WITHIN_MS), early]);
  } catch (failure) {
    await row.letGo();
    throw failure;
  }
  return { name, answer, letGo: row.letGo };
}

/** Straight to the region's service, as a client does that has a connection to it from before. In words what it was told. */
export async function rename(
  region: RegionId,
  sku: string,
  name: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const call = { method: 'PATCH' as const, body: { name }, headers, timeoutMs: PATIENCE_MS };
  return atService(region, 'catalog', `/products/${sku}`, call).then(
    (answer: Answer) => (outcomeOf(answer).outcome === 'ok' ? 'ok' : `${answer.status} ${answer.body?.type ?? ''}`),
    (failure) => brokenOff(failure).why,
  );
}
