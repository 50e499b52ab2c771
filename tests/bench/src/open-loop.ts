import { setTimeout as pause } from 'node:timers/promises';

export interface OpenLoop {
  perSecond: number;
  forMs: number;
  /** Resolves when it is answered. After a rejection no more is sent, and the whole rejects. */
  send(i: number): Promise<unknown>;
}

/**
 * Sends at a fixed rate whatever the answers take, and counts each from when it was due: a system that stalls does not
 * get fewer requests, and those that had to wait for the stall are not left out ("coordinated omission"). Returns the
 * latencies in milliseconds.
 */
export async function openLoop({ perSecond, forMs, send }: OpenLoop): Promise<number[]> {
  const total = Math.max(1, Math.round((perSecond * forMs) / 1_000));
  const latenciesMs: number[] = [];
  const underWay: Promise<void>[] = [];
  const beganMs = performance.now();
  const failures: unknown[] = [];
  const sendOne = async (i: number) => {
    const dueMs = beganMs + (i * 1_000) / perSecond;
    await send(i).then(
      () => latenciesMs.push(performance.now() - dueMs),
      (failure: unknown) => failures.push(failure),
    );
  };
  while (underWay.length < total && failures.length === 0) {
    const dueByNow = Math.floor(((performance.now() - beganMs) * perSecond) / 1_000) + 1;
    while (underWay.length < Math.min(total, dueByNow)) underWay.push(sendOne(underWay.length));
    await pause(TICK_MS);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return latenciesMs;
}

/** As fine as timers go. What is sent a tick late counts as such. */
const TICK_MS = 1;

/** As many as `clients` can, each waiting for its answer, for the time given. Returns the latencies in milliseconds. */
export async function closedLoop(clients: number, forMs: number, send: () => Promise<unknown>): Promise<number[]> {
  const latenciesMs: number[] = [];
  const untilMs = performance.now() + forMs;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let sentMs = performance.now(); sentMs < untilMs; sentMs = performance.now()) {
        await send();
        latenciesMs.push(performance.now() - sentMs);
      }
    }),
  );
  return latenciesMs;
}
