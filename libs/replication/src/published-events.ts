import { envelopeFromHeaders, HEARTBEAT_TYPE } from '@meridian/contracts';
import { headersToStrings, headerText, type IncomingRecord, type LogReader } from '@meridian/kafka';
import type { PendingEvent } from '@meridian/outbox';

/** As the outbox tells of one that waits; published, it is in the log instead. */
export type WrittenEvent = PendingEvent;

/** How far behind the end a sequence is looked for first, and how much further each time that it is not there. */
const FIRST_STEP = 256n;
const STEPS_GROW_BY = 4n;

/**
 * The events of this region that its log holds behind `after` up to `upTo`, in their order, and at least the first `limit`
 * of them. A log knows offsets and no sequences; but in a partition sequences rise, and what is asked for is mostly near its
 * end. So it is read back from there, in growing steps, until a sequence is found that is not asked for, and on from it.
 *
 * A batch that a relay repeated after a crash lies there twice under the same sequences: each is told once.
 */
export async function publishedEvents(
  reader: LogReader,
  { topic, partitions, ...range }: { topic: string; partitions: number; after: number; upTo: number; limit: number },
): Promise<WrittenEvent[]> {
  if (range.after >= range.upTo) return [];
  const all = Array.from({ length: partitions }, (_, partition) => inPartition(reader, { topic, partition }, range));
  // The first of them all are among the first of each partition.
  return (await Promise.all(all)).flat().sort((a, b) => a.sequence - b.sequence);
}

interface Place {
  topic: string;
  partition: number;
}

async function inPartition(
  reader: LogReader,
  place: Place,
  { after, upTo, limit }: { after: number; upTo: number; limit: number },
): Promise<WrittenEvent[]> {
  const found = new Map<number, WrittenEvent>();
  const { start, end } = await reader.bounds(place.topic, place.partition);
  for await (const event of eventsIn(
    reader,
    place,
    await beginOf(reader, place, after, [BigInt(start), BigInt(end)]),
  )) {
    if (event.sequence > after && event.sequence <= upTo) found.set(event.sequence, event);
    if (found.size === limit) break;
  }
  return [...found.values()];
}

/** An offset at which, or before which, no event behind `after` is left out. */
async function beginOf(
  reader: LogReader,
  place: Place,
  after: number,
  [start, end]: readonly [bigint, bigint],
): Promise<bigint> {
  let step = FIRST_STEP;
  for (let offset = end; offset > start; step *= STEPS_GROW_BY) {
    const until = offset;
    offset = until - step > start ? until - step : start;
    for await (const { sequence } of eventsIn(reader, place, offset, until)) {
      if (sequence <= after) return offset;
      break;
    }
  }
  return start;
}

/** Heartbeats are no events. */
async function* eventsIn(reader: LogReader, { topic, partition }: Place, from: bigint, until?: bigint) {
  for (let offset = from; until === undefined || offset < until; ) {
    const { records, nextOffset } = await reader.read(topic, partition, String(offset));
    for (const record of records) {
      if (until !== undefined && BigInt(record.offset) >= until) return;
      if (headerText(record, 'ce_type') !== HEARTBEAT_TYPE) yield toEvent(record);
    }
    if (BigInt(nextOffset) === offset) return;
    offset = BigInt(nextOffset);
  }
}

function toEvent({ headers }: IncomingRecord): WrittenEvent {
  const { originSequence: sequence, subject: key, type, hlc, time } = envelopeFromHeaders(headersToStrings(headers));
  return { sequence, key, type, hlc, committedAt: new Date(time) };
}
