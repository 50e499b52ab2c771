import { wordsOf } from './pauses.ts';
import { headerText, type IncomingRecord, type OutgoingRecord, type RawHeader, type RecordPosition } from './record.ts';

/** What a dead letter's headers say beside those that the record had. */
export const DEAD_LETTER_HEADERS = {
  /** `<name>: <message>` of the failure. */
  reason: 'x-dlq-reason',
  group: 'x-dlq-group',
  topic: 'x-dlq-topic',
  partition: 'x-dlq-partition',
  offset: 'x-dlq-offset',
  attempts: 'x-dlq-attempts',
  /** ISO 8601 with milliseconds. */
  time: 'x-dlq-time',
} as const;

const REASON_LENGTH = 500;

export interface DeadLetterCause {
  failure: unknown;
  groupId: string;
  attempts: number;
  at: Date;
}

/** A record that was given up, as it is told to who keeps the list of them. */
export interface DeadLetter {
  record: IncomingRecord;
  /** `<name>: <message>` of the failure, and short. */
  reason: string;
  attempts: number;
  at: Date;
  /** Where in the dead-letter topic it lies. */
  position: RecordPosition;
}

/** The record as it was, with headers that say where it comes from and why it is here. */
export function toDeadLetter(
  { topic, partition, offset, key, value, rawHeaders }: IncomingRecord,
  { failure, groupId, attempts, at }: DeadLetterCause,
): OutgoingRecord {
  const added = {
    [DEAD_LETTER_HEADERS.reason]: reasonOf(failure),
    [DEAD_LETTER_HEADERS.group]: groupId,
    [DEAD_LETTER_HEADERS.topic]: topic,
    [DEAD_LETTER_HEADERS.partition]: String(partition),
    [DEAD_LETTER_HEADERS.offset]: offset,
    [DEAD_LETTER_HEADERS.attempts]: String(attempts),
    [DEAD_LETTER_HEADERS.time]: at.toISOString(),
  };
  const pairs = Object.entries(added).map(([name, text]): RawHeader => [name, Buffer.from(text)]);
  return { key, value, headers: [...rawHeaders, ...pairs] };
}

export function reasonOf(failure: unknown): string {
  const words = failure instanceof Error ? `${failure.name}: ${failure.message}` : wordsOf(failure);
  return words.slice(0, REASON_LENGTH);
}

/** The record that a dead letter was made of; undefined for a record of another kind. */
export function fromDeadLetter(letter: IncomingRecord): IncomingRecord | undefined {
  const said = (name: string) => headerText(letter, name);
  const [topic, partition, offset] = [
    said(DEAD_LETTER_HEADERS.topic),
    said(DEAD_LETTER_HEADERS.partition),
    said(DEAD_LETTER_HEADERS.offset),
  ];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  const added = new Set<string>(Object.values(DEAD_LETTER_HEADERS));
  const rawHeaders = letter.rawHeaders.filter(([name]) => !added.has(name));
  const headers = Object.fromEntries(rawHeaders.filter((pair): pair is [string, Buffer] => pair[1] !== null));
  const { key, value, timestampMs } = letter;
  return { topic, partition: Number(partition), offset, key, value, timestampMs, rawHeaders, headers };
}
