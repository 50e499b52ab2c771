import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { regions, viaEdge } from '@meridian/test-harness';
import { retryAfterS, untilItMayComeAgain } from '../observe/come-again.ts';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';
import type { Edit } from './edit.ts';

const COUNTRIES = ['IE', 'US', 'SG', 'DE', 'FR', 'IN', 'BR', 'JP'];
const TAGS = ['new', 'sale', 'gift', 'bulk', 'eco', 'heavy', 'test'];
const ANSWERED_WITHIN_MS = 5_000;
/** How long an edit goes on that is told to come again. */
const PATIENCE_MS = 10_000;

/** Everything that is edited, by the type that settles it when regions edit it at the same time. */
export interface Edits {
  /** Last writer wins: names and countries of persons, names of products. */
  registers: Edit<string>[];
  prices: Edit<number>[];
  /** Added wins. */
  tags: Edit<readonly string[]>[];
}

export interface Edited {
  userIds: readonly string[];
  skus: readonly string[];
}

export const noEdits = (): Edits => ({ registers: [], prices: [], tags: [] });
export const allOf = ({ registers, prices, tags }: Edits): Edit[] => [...registers, ...prices, ...tags];

const KINDS = ['user name', 'country', 'product name', 'price', 'tags'] as const;
/** Persons have two fields that are edited, products three. */
export const registerCount = ({ userIds, skus }: Edited) => 2 * userIds.length + 3 * skus.length;

/** In each region by turns, so that the same field is edited in all of them at about the same time. */
export async function sendEdit(
  i: number,
  { userIds, skus }: Edited,
  edits: Edits,
  random: () => number,
): Promise<void> {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const region = regions[i % regions.length] as RegionId;
  const kind = pick(KINDS);
  const [user, product] = [`/users/${pick(userIds)}`, `/products/${pick(skus)}`];
  switch (kind) {
    case 'user name':
    case 'country': {
      const [field, value] =
        kind === 'country' ? (['country', pick(COUNTRIES)] as const) : (['name', nameOf(i)] as const);
      edits.registers.push(await send(region, user, field, value));
      return;
    }
    case 'product name':
      edits.registers.push(await send(region, product, 'name', nameOf(i)));
      return;
    case 'price': {
      const price = await send(region, product, 'price', { amountMinor: 100 + i, currency: 'EUR' });
      edits.prices.push({ ...price, value: 100 + i });
      return;
    }
    case 'tags': {
      const wished = TAGS.filter(() => random() < 0.5);
      edits.tags.push(await send(region, product, 'tags', wished));
    }
  }
}

const nameOf = (i: number) => `Name ${i} ${randomUUID()}`;

/** Told to come again, it does so: nothing was begun. */
async function send<Value>(nearest: RegionId, path: string, field: string, value: Value): Promise<Edit<Value>> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (let putOff = 0; ; putOff += 1) {
    const startedAtMs = performance.now();
    const { againAfterS, ...heard } = await patch(nearest, path, { [field]: value });
    const endedAtMs = performance.now();
    if (againAfterS === undefined || endedAtMs > untilMs)
      return { ...heard, register: `${path}.${field}`, value, startedAtMs, endedAtMs, putOff };
    await untilItMayComeAgain(againAfterS);
  }
}

async function patch(nearest: RegionId, path: string, body: object) {
  try {
    const answer = await viaEdge(nearest, path, { method: 'PATCH', body, timeoutMs: ANSWERED_WITHIN_MS });
    const isPutOff = answer.body?.type === 'urn:meridian:problem:overloaded';
    return {
      ...outcomeOf(answer),
      region: answer.headers['x-meridian-region'] ?? nearest,
      againAfterS: isPutOff ? retryAfterS(answer) : undefined,
    };
  } catch (failure) {
    return { ...brokenOff(failure), region: nearest, againAfterS: undefined };
  }
}
