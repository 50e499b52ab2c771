import { setTimeout as pause } from 'node:timers/promises';
import { type InboxResponse, inboxResponse, type OutboxResponse, outboxResponse } from '@meridian/contracts';
import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { askService } from '../instance/services.ts';
import type { Session } from '../session.ts';
import { shortfallSentence, shortfalls } from './shortfalls.ts';

const LOOK_EVERY_MS = 100;

/** What every service of these regions has written. */
export function outboxesOf(session: Session, regions: readonly RegionId[]): Promise<OutboxResponse[]> {
  return Promise.all(placesIn(regions).map((place) => askService(session, place, { path: '/outbox' }, outboxResponse)));
}

/** What every service of these regions has applied. */
export function inboxesOf(session: Session, regions: readonly RegionId[]): Promise<InboxResponse[]> {
  return Promise.all(placesIn(regions).map((place) => askService(session, place, { path: '/inbox' }, inboxResponse)));
}

/**
 * Waits until `readers` have applied all that these outboxes say was written: not what is written while it waits, so that
 * it ends under load, too. Fails with who lacks what of whom.
 */
export async function untilApplied(
  session: Session,
  written: readonly OutboxResponse[],
  readers: readonly RegionId[],
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const short = shortfalls(written, await inboxesOf(session, readers));
    if (short.length === 0) return;
    if (performance.now() > deadline)
      throw new CommandFailure(`After ${withinMs / 1_000} s ${shortfallSentence(short)}; "meridian lag" shows why.`);
    await pause(LOOK_EVERY_MS);
  }
}

function placesIn(regions: readonly RegionId[]) {
  return regions.flatMap((region) => SERVICE_NAMES.map((service) => ({ region, service })));
}

/** The same of those that answer: after a loss not all do. */
export async function findInboxes(session: Session, regions: readonly RegionId[]): Promise<InboxResponse[]> {
  return found(placesIn(regions).map((place) => askService(session, place, { path: '/inbox' }, inboxResponse)));
}

export async function findOutboxes(session: Session, regions: readonly RegionId[]): Promise<OutboxResponse[]> {
  return found(placesIn(regions).map((place) => askService(session, place, { path: '/outbox' }, outboxResponse)));
}

async function found<T>(asked: Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(asked)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
