import { type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import { kill, pause, regions, restart } from '@meridian/test-harness';
import { type SentWrite, writeUntilStopped } from '../auto-failover/write-until-stopped.ts';
import { askControl, decide, tableAt } from '../control/ask-control.ts';
import { forgeEpoch } from '../control/forge-epoch.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { type Served, untilServed } from '../observe/rto.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import type { MissingWrites } from '../traffic/missing-writes.ts';
import type { Traffic } from '../traffic/start-traffic.ts';
import { failedOver } from './failed-over.ts';
import type { ToldOutcome } from './judge-decisions.ts';

/** Who is lost beside the primary: who is to succeed it, or the other one, whose vote is needed. */
export type Second = 'successor' | 'acceptor';

/** What was seen of two losses and two returns. Times in milliseconds. */
export interface TwoLosses {
  second: Second;
  survivor: RegionId;
  before: RoutingTable;
  /** Every command's answer, in order: the first was asked for when there was a majority. */
  told: ToldOutcome[];
  /** Those that were asked for when there was none. */
  toldAlone: ToldOutcome[];
  /** What the survivor knew when it had been alone for a while. */
  knownAlone: RoutingTable;
  /** Sent straight to the survivor while it was alone. */
  writesAlone: SentWrite[];
  after: RoutingTable;
  /** What the primary alone had acknowledged, when its successor took writes. */
  missing: MissingWrites;
  /** From the loss of the primary until the second region was started. */
  noMajorityMs: number;
  /** All counted from there: before, nobody could decide. */
  rto: Served & { decideMs: number };
}

interface Options {
  second: Second;
  /** Between the question for the failover and the second loss. */
  afterMs: number;
  aloneMs: number;
  sku: string;
  traffic: Traffic;
  sabotage: boolean;
  /** Filled while they are, so that whatever happens they can be brought back. */
  down: Set<RegionId>;
}

const ASK_EVERY_MS = 500;
const TAKES_WRITES_WITHIN_MS = 30_000;

export async function loseSecond({
  second,
  afterMs,
  aloneMs,
  sku,
  traffic,
  sabotage,
  down,
}: Options): Promise<TwoLosses> {
  const [successor, primary, other] = regions as [RegionId, RegionId, RegionId];
  const [lost, survivor] = second === 'successor' ? [successor, other] : [other, successor];
  const lose = async (region: RegionId) => {
    down.add(region);
    await kill(region);
  };
  const bringBack = async (region: RegionId) => {
    await restart(region);
    down.delete(region);
  };
  const before = await decide(primary, { kind: 'set-mode', mode: { kind: 'active-passive', primary } });
  await knownToAll(before.epoch);
  await takesWrites(primary, TAKES_WRITES_WITHIN_MS);
  await pause(aloneMs);

  const lostAtMs = performance.now();
  await lose(primary);
  const ask = () => askToFail(survivor, primary, successor);
  const asked = ask();
  await pause(afterMs);
  await lose(lost);
  const told = [await asked];

  const writer = writeUntilStopped([survivor], sku);
  const toldAlone: ToldOutcome[] = [];
  try {
    if (sabotage) await forgeEpoch(before, survivor, SERVICE_NAMES);
    const untilMs = performance.now() + aloneMs;
    while (performance.now() < untilMs) {
      toldAlone.push(await ask());
      await pause(ASK_EVERY_MS);
    }
  } finally {
    await writer.stop();
  }
  const knownAlone = await tableAt(survivor);

  const startedMs = performance.now();
  await bringBack(lost);
  const after = await failedOver(survivor, primary, before.epoch, async () => {
    told.push(await ask());
  });
  const decideMs = Math.round(performance.now() - startedMs);
  const { routeMs, serveMs } = await untilServed(after, startedMs);
  const missing = await missingElsewhere(primary, traffic.requests, lostAtMs);
  await bringBack(primary);
  await knownToAll(after.epoch);
  return {
    ...{ second, survivor, before, told: [...told, ...toldAlone], toldAlone, knownAlone },
    ...{ writesAlone: writer.writes, after, missing },
    ...{ noMajorityMs: Math.round(startedMs - lostAtMs), rto: { decideMs, routeMs, serveMs } },
  };
}

async function askToFail(at: RegionId, region: RegionId, successor: RegionId): Promise<ToldOutcome> {
  const askedAtMs = Date.now();
  const answer = await askControl(at, { kind: 'fail', region, successor }).then(
    ({ status, body }) => ({ status, why: body?.reason ?? body?.type, table: status === 200 ? body.table : undefined }),
    (failure: Error) => ({ status: undefined, why: failure.message, table: undefined }),
  );
  return { at, ...answer, askedAtMs, toldAtMs: Date.now() };
}
