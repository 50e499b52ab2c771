import { dlqTopic } from '@meridian/contracts';
import {
  type DeadLetterNote,
  type DeadLetterRow,
  findDeadLetter,
  listDeadLetters,
  type RecordPlace,
  type ReplayOutcome,
  replayOnce,
  settleDeadLetters,
} from '@meridian/inbox';
import { type DeadLetter, fromDeadLetter, headerText, type IncomingRecord, type RecordPosition } from '@meridian/kafka';
import { parseTraceparent } from '@meridian/telemetry';
import type pg from 'pg';

/** What replaying needs of the event streams. */
export interface Redelivery {
  readAt(topic: string, positions: readonly RecordPosition[]): Promise<IncomingRecord[]>;
  /** Once, to the consumer of the record's topic. */
  redeliver(record: IncomingRecord): Promise<void>;
}

export type Replayed = { place: RecordPlace } & (ReplayOutcome | { outcome: 'gone' } | { outcome: 'unknown' });

/** The dead letters of this service: seen, and given to their consumer again. */
export class DeadLetters {
  constructor(
    private readonly pool: pg.Pool,
    private readonly redelivery: Redelivery,
  ) {}

  async list(page: {
    status: 'open' | 'replayed' | 'all';
    limit: number;
    after?: RecordPlace | undefined;
  }): Promise<DeadLetterRow[]> {
    await settleDeadLetters(this.pool);
    return listDeadLetters(this.pool, page);
  }

  /** With the record; undefined where its topic no longer keeps it. */
  async find(place: RecordPlace): Promise<{ row: DeadLetterRow; record: IncomingRecord | undefined } | undefined> {
    const row = await findDeadLetter(this.pool, place);
    if (!row) return undefined;
    const [letter] = await this.redelivery.readAt(dlqTopic(row.topic), [row.letter]);
    return { row, record: letter && fromDeadLetter(letter) };
  }

  /**
   * One after the other, in the order of their logs, as they would have come. The record takes the way of any other one:
   * through the consumer that gave it up and the inbox that knows it once it was applied.
   */
  async replay(places: readonly RecordPlace[]): Promise<Replayed[]> {
    await settleDeadLetters(this.pool);
    const found = await Promise.all(
      places.map(async (place) => ({ place, row: await findDeadLetter(this.pool, place) })),
    );
    const records = await this.recordsOf(found.flatMap(({ row }) => (row && !row.replayedAt ? [row] : [])));
    const results = new Map<string, Replayed>();
    const inOrder = found.toSorted((a, b) => comparePlaces(a.place, b.place));
    for (const { place, row } of inOrder)
      results.set(nameOf(place), { place, ...(await this.replayOne(place, row, records.get(nameOf(place)))) });
    return places.map((place) => results.get(nameOf(place)) as Replayed);
  }

  private async replayOne(
    place: RecordPlace,
    row: DeadLetterRow | undefined,
    record: IncomingRecord | undefined,
  ): Promise<ReplayOutcome | { outcome: 'gone' } | { outcome: 'unknown' }> {
    if (!row) return { outcome: 'unknown' };
    if (row.replayedAt) return { outcome: 'replayed-before' };
    if (!record) return { outcome: 'gone' };
    return replayOnce(this.pool, place, () => this.redelivery.redeliver(record));
  }

  /** The records of dead letters that are still there, by where they lay. */
  private async recordsOf(rows: readonly DeadLetterRow[]): Promise<Map<string, IncomingRecord>> {
    const records = new Map<string, IncomingRecord>();
    for (const [topic, ofTopic] of Map.groupBy(rows, (row) => row.topic)) {
      const letters = await this.redelivery.readAt(
        dlqTopic(topic),
        ofTopic.map((row) => row.letter),
      );
      for (const record of letters.map(fromDeadLetter)) if (record) records.set(nameOf(record), record);
    }
    return records;
  }
}

/** As a row holds it. What the envelope does not say, or says wrongly, is left out: that may be why it is here. */
export function toDeadLetterNote({ record, reason, attempts, at, position }: DeadLetter): DeadLetterNote {
  const { topic, partition, offset, key } = record;
  const sequence = Number(headerText(record, 'ce_originseq'));
  return {
    ...{ topic, partition, offset, reason, attempts, at, letter: position },
    key: key?.toString('utf8').replaceAll('\u0000', '') ?? null,
    source: headerText(record, 'ce_source') ?? null,
    sequence: Number.isSafeInteger(sequence) && sequence > 0 ? sequence : null,
    type: headerText(record, 'ce_type') ?? null,
    traceId: parseTraceparent(headerText(record, 'traceparent'))?.traceId ?? null,
  };
}

export function nameOf({ topic, partition, offset }: RecordPlace): string {
  return `${topic}:${partition}:${offset}`;
}

/** Of a name that `nameOf` has made. */
export function placeNamed(name: string): RecordPlace {
  const [topic = '', partition, offset = ''] = name.split(':');
  return { topic, partition: Number(partition), offset };
}

function comparePlaces(a: RecordPlace, b: RecordPlace): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition || (BigInt(a.offset) < BigInt(b.offset) ? -1 : 1);
}
