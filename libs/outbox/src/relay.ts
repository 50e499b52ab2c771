import { setTimeout as pause } from 'node:timers/promises';
import { PARTITIONS_PER_TOPIC } from '@meridian/contracts';
import type { TopicRecords } from '@meridian/kafka';
import { recordFailure } from '@meridian/telemetry';
import { createBackoff } from './backoff.ts';
import { createBell } from './bell.ts';
import { createHeartbeats } from './heartbeats.ts';
import type { CommittedRow } from './outbox-row.ts';
import type { OutboxRelay, RelayOptions, RelayStatus } from './relay-options.ts';
import { type OutboxView, RelaySession } from './relay-session.ts';
import { splitBySize } from './split-by-size.ts';
import { laneOf, toRecords } from './to-records.ts';

/**
 * The transactional outbox's second half. A service commits a change and the event that tells of it in one transaction;
 * the relay publishes the events, every one of them, none that was rolled back, in one order, numbered without gaps.
 *
 * Why not save, then publish: a crash between the two loses the event, and published first, it may tell of a change that
 * never came to be. Two systems have no common commit; a table in the same database has.
 *
 * Why not read by the serial id: an id is given when a row is inserted and the row is seen when its transaction commits.
 * While a transaction with id 1 is open, another inserts 2, commits and is read; a reader that goes on after 2 never sees
 * 1. So rows carry their transaction's number (`xid8`) and are read only below `pg_snapshot_xmin`, the horizon under which
 * every transaction has ended: nothing can appear there any more, and (tx, id) is an order that stands. That is also why
 * the sequence can be given here, at publish, and not by the writers: a crash after producing and before deleting finds
 * the same first rows at the same position, and they get the same sequences again.
 *
 * Why not the WAL (logical decoding): it knows the order of commits, which is better still. But its slot keeps all WAL of
 * the server while the relay is away, until the disk is full; it wants `wal_level=logical`, a decoder, and care at every
 * failover. A table and one index need none of that.
 *
 * The same horizon goes out with the events, so that another region knows up to which transaction it has applied this one:
 * a client's session token names transactions, as it is answered before there is a sequence (`heartbeats.ts`).
 *
 * Source: Richardson, "Transactional outbox"; PostgreSQL, "Transaction ID and snapshot information functions".
 *
 * Limits:
 * - At least once: what was sent around a crash can be there twice, under one sequence.
 * - Transactions that write hold the horizon while they are open, whatever they write to in this server: a forgotten one
 *   stops publishing until it ends. `waitingForHorizon` in the status tells.
 * - (tx, id) is not the order of commits. For one key it is that of its changes if a transaction takes its number after
 *   it has locked the aggregate, or, as the services here do, writes nothing when the version it decided on has changed.
 * - NOTIFY lets the transactions that use it commit one at a time in the whole server.
 */
export async function startOutboxRelay(options: RelayOptions): Promise<OutboxRelay> {
  const { producer, logger, batchSize = 500, partitions = PARTITIONS_PER_TOPIC } = options;
  const origin = { region: options.region, service: options.service };
  const bell = createBell();
  const state: RelayStatus = {
    phase: 'connecting',
    connected: false,
    publishedSequence: null,
    waitingForHorizon: false,
    failing: null,
  };
  let session: RelaySession | undefined;
  const closed = new AbortController();
  let closing = false;
  let gaveUp = false;

  async function run(): Promise<void> {
    const reconnect = createBackoff(RECONNECT_FIRST_MS, RECONNECT_LONGEST_MS);
    let away = false;
    while (!closing) {
      try {
        state.phase = 'connecting';
        session = await RelaySession.open(options.databaseUrl, `${options.service}-outbox`, bell.ring);
        if (await waitForTurn(session)) {
          state.failing = null;
          away = false;
          reconnect.reset();
          await relay(session);
        }
      } catch (failure) {
        state.failing = wordsOf(failure);
        // Once per outage, not once per try.
        if (!closing && !away) logger.warn({ why: state.failing }, 'the outbox relay lost its database');
        away = true;
      } finally {
        await session?.end();
        session = undefined;
      }
      if (!closing) await pauseUnless(closed.signal, reconnect.nextMs());
    }
    state.phase = 'closed';
  }

  /** False when the relay is closed before its turn comes. */
  async function waitForTurn(mine: RelaySession): Promise<boolean> {
    while (!(await mine.tryLock())) {
      if (state.phase !== 'waiting') logger.info({}, 'another outbox relay is at work; waiting for its end');
      state.phase = 'waiting';
      state.failing = null;
      await bell.sleep(LOCK_POLL_MS);
      if (closing) return false;
    }
    return true;
  }

  async function relay(mine: RelaySession): Promise<void> {
    await mine.listen();
    let position = await mine.position();
    state.phase = 'relaying';
    state.publishedSequence = position;
    logger.info({ publishedSequence: position }, 'the outbox relay is at work');
    const horizonPoll = createBackoff(HORIZON_POLL_FIRST_MS, HORIZON_POLL_LONGEST_MS);
    const heartbeats = createHeartbeats(options.heartbeatTopics ?? [], partitions, origin);
    const beat = async (view: { horizon: string; at: Date }) => {
      if (heartbeats.dueInMs(performance.now()) === 0) await tell(heartbeats.take(view, performance.now()));
    };
    /** When nothing waited last: up to then, what was committed is below the horizon. */
    let clearAt = new Date(0);
    for (;;) {
      // Before reading: what is committed from here on rings again.
      bell.silence();
      const { rows, bound } = await mine.readReady(batchSize);
      if (rows.length > 0) {
        const groups = splitBySize(rows);
        for (const [i, group] of groups.entries()) {
          const groupBound = groups[i + 1]?.[0]?.tx ?? bound;
          await send(mine, group, position + 1, groupBound);
          const lanes = group.map((row) => laneOf(row, partitions));
          heartbeats.published((group.at(-1) as CommittedRow).tx, lanes, groupBound);
          await mine.markPublished(group, position);
          position += group.length;
          state.publishedSequence = position;
        }
        state.waitingForHorizon = false;
        horizonPoll.reset();
        await beat({ horizon: bound, at: (rows.at(-1) as CommittedRow).committedAt });
        continue;
      }
      if (closing) return;
      const view: OutboxView = await mine.look();
      if (view.rows === 'ready') continue;
      state.waitingForHorizon = view.rows === 'waiting';
      if (!state.waitingForHorizon) {
        horizonPoll.reset();
        clearAt = view.at;
      }
      await beat({ horizon: view.horizon, at: clearAt });
      const pollMs = state.waitingForHorizon ? horizonPoll.nextMs() : SAFETY_POLL_MS;
      await bell.sleep(Math.min(pollMs, heartbeats.dueInMs(performance.now())));
    }
  }

  /** One that is not sent is made up for by the next. */
  async function tell(heartbeats: TopicRecords[]): Promise<void> {
    try {
      await producer.sendBatch(heartbeats);
    } catch (failure) {
      if (!gaveUp) logger.warn({ why: wordsOf(failure) }, 'a heartbeat cannot be published');
    }
  }

  /** Sends until it is acknowledged. A record that is refused for good blocks those behind it: skipping it would lose it. */
  async function send(
    mine: RelaySession,
    rows: readonly CommittedRow[],
    firstSequence: number,
    bound: string,
  ): Promise<void> {
    const { topics, spans } = toRecords(rows, firstSequence, origin, bound, partitions);
    const retry = createBackoff(SEND_RETRY_FIRST_MS, SEND_RETRY_LONGEST_MS);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await producer.sendBatch(topics);
          state.failing = null;
          return;
        } catch (failure) {
          // Without its session it is no longer this relay's turn.
          if (mine.lost || gaveUp) throw failure;
          state.failing = wordsOf(failure);
          const details = { why: state.failing, attempt, firstSequence, topics: topics.map(({ topic }) => topic) };
          if (attempt % LOG_EVERY_ATTEMPTS === 1) logger.warn(details, 'events cannot be published; trying again');
          await pause(retry.nextMs());
        }
      }
    } catch (failure) {
      for (const span of spans) recordFailure(span, failure);
      throw failure;
    } finally {
      for (const span of spans) span.end();
    }
  }

  const running = run();
  return {
    status: () => ({ ...state, connected: session !== undefined && !session.lost }),
    async close(withinMs = CLOSE_LIMIT_MS) {
      closing = true;
      closed.abort();
      bell.ring();
      const drained = new AbortController();
      await Promise.race([running.then(() => drained.abort()), pauseUnless(drained.signal, withinMs)]);
      gaveUp = true;
      await session?.end();
      state.phase = 'closed';
    },
  };
}

/** While rows wait for the horizon nothing may ring when it moves: a transaction without outbox rows can hold it. */
const HORIZON_POLL_FIRST_MS = 5;
const HORIZON_POLL_LONGEST_MS = 50;
/** In case a notification is lost. */
const SAFETY_POLL_MS = 1_000;
const LOCK_POLL_MS = 250;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_LONGEST_MS = 500;
const SEND_RETRY_FIRST_MS = 50;
const SEND_RETRY_LONGEST_MS = 1_000;
const LOG_EVERY_ATTEMPTS = 30;
const CLOSE_LIMIT_MS = 3_000;

async function pauseUnless(aborted: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal: aborted }).catch(() => undefined);
}

function wordsOf(failure: unknown): string {
  return failure instanceof Error ? failure.message || failure.name : String(failure);
}
