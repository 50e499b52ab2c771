import { dlqTopic } from '@meridian/contracts';
import { recordFailure } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { type DeadLetter, reasonOf, toDeadLetter } from './dead-letters.ts';
import { createBackoff, pause, wordsOf } from './pauses.ts';
import { inProcessSpan } from './process-span.ts';
import type { IncomingRecord, RecordPosition } from './record.ts';
import { RetryForever } from './retry-forever.ts';
import { TooEarly } from './too-early.ts';
import type { RecordProducer } from './types.ts';

/** All tries of a record that is poison begin within this time. */
const ATTEMPTS_WITHIN_MS = 3_000;
/** The pauses between them, together: the rest is for the handler itself. */
const PAUSES_MS = 2_000;
/** What is too early is waited for: of the 5 s that a partition may be held, the rest is for the handler and its letter. */
const HELD_AT_MOST_MS = 4_000;
const RETRY_FOREVER_FIRST_MS = 100;
const RETRY_FOREVER_LONGEST_MS = 2_000;
const SAY_EVERY_TRIES = 30;

export interface RecordHandling {
  groupId: string;
  onRecord(record: IncomingRecord): Promise<void> | void;
  maxAttempts: number;
  deadLetters(): Promise<Pick<RecordProducer, 'append'>>;
  onDeadLetter?: ((letter: DeadLetter) => Promise<void>) | undefined;
  logger: Logger | undefined;
}

/**
 * Handles a record until it is done with, one way or the other: handled, or among the dead letters. False when `signal`
 * aborted before that; nothing else ends it, so no record is passed over.
 */
export function handleRecord(record: IncomingRecord, handling: RecordHandling, signal: AbortSignal): Promise<boolean> {
  return inProcessSpan(record, handling.groupId, async () => {
    const again = createBackoff(RETRY_FOREVER_FIRST_MS, RETRY_FOREVER_LONGEST_MS);
    for (let tries = 1; !signal.aborted; tries += 1) {
      const outcome = await attempt(record, handling, signal);
      if (outcome === 'done') return true;
      if (outcome === 'aborted') return false;
      if (tries % SAY_EVERY_TRIES === 1)
        handling.logger?.warn({ ...placeOf(record), why: wordsOf(outcome.waitFor), tries }, 'a record has to wait');
      await pause(again.nextMs(), signal);
    }
    return false;
  });
}

type Outcome = 'done' | 'aborted' | { waitFor: unknown };

/** One round: the tries that a poison record gets, and its dead letter. */
async function attempt(record: IncomingRecord, handling: RecordHandling, signal: AbortSignal): Promise<Outcome> {
  const { onRecord, maxAttempts } = handling;
  const startedMs = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    try {
      await onRecord(record);
      return 'done';
    } catch (failure) {
      if (failure instanceof RetryForever) return { waitFor: failure };
      if (failure instanceof TooEarly) {
        const inMs = Math.max(1, failure.inMs);
        if (performance.now() - startedMs + inMs > HELD_AT_MOST_MS)
          return sendDeadLetter(record, failure, attempts, handling, signal);
        await pause(inMs, signal);
        if (signal.aborted) return 'aborted';
        // It was not its fault, so it counts for none of the tries.
        attempts -= 1;
        continue;
      }
      const pauseMs = pauseAfter(attempts, maxAttempts);
      if (attempts >= maxAttempts || performance.now() - startedMs + pauseMs > ATTEMPTS_WITHIN_MS)
        return sendDeadLetter(record, failure, attempts, handling, signal);
      await pause(pauseMs, signal);
      if (signal.aborted) return 'aborted';
    }
  }
}

/** Pauses that double, and that make `PAUSES_MS` together. */
function pauseAfter(attempts: number, maxAttempts: number): number {
  return (PAUSES_MS * 2 ** (attempts - 1)) / (2 ** (maxAttempts - 1) - 1);
}

async function sendDeadLetter(
  record: IncomingRecord,
  failure: unknown,
  attempts: number,
  handling: RecordHandling,
  signal: AbortSignal,
): Promise<Outcome> {
  const { groupId, deadLetters, logger } = handling;
  const at = new Date();
  let position: RecordPosition;
  try {
    const producer = await deadLetters();
    const letter = toDeadLetter(record, { failure, groupId, attempts, at });
    // Closing does not wait for a cluster that is away. The letter may then be there, and the record come again.
    const written = await unlessAborted(producer.append(dlqTopic(record.topic), letter), signal);
    if (written === 'aborted') return 'aborted';
    position = written;
  } catch (notSent) {
    logger?.error({ ...placeOf(record), why: wordsOf(notSent) }, 'a dead letter cannot be written; trying again');
    return { waitFor: notSent };
  }
  if (!(await untilTold({ record, reason: reasonOf(failure), attempts, at, position }, handling, signal)))
    return 'aborted';
  const span = trace.getActiveSpan();
  if (span) recordFailure(span, failure);
  logger?.error({ ...placeOf(record), why: wordsOf(failure), attempts }, 'a record went to the dead letters');
  return 'done';
}

/** By itself, as the letter is written by now: to begin again with the record would write it once more. */
async function untilTold(letter: DeadLetter, handling: RecordHandling, signal: AbortSignal): Promise<boolean> {
  const again = createBackoff(RETRY_FOREVER_FIRST_MS, RETRY_FOREVER_LONGEST_MS);
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await handling.onDeadLetter?.(letter);
      return true;
    } catch (failure) {
      const details = { ...placeOf(letter.record), why: wordsOf(failure), tries };
      if (tries % SAY_EVERY_TRIES === 1) handling.logger?.warn(details, 'a dead letter cannot be noted; trying again');
      await pause(again.nextMs(), signal);
    }
  }
  return false;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = () => aborted.resolve('aborted');
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function placeOf({ topic, partition, offset }: IncomingRecord) {
  return { topic, partition, offset };
}
