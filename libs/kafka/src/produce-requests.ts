import type { IHeaders, Message, TopicMessages } from 'kafkajs';
import { type OutgoingRecord, type RawHeader, sizeOf } from './record.ts';
import type { TopicRecords } from './types.ts';

/**
 * A broker takes 1 MB of records per partition and request (`message.max.bytes`), and kafkajs makes one batch per
 * partition of whatever it is given. All records of a topic may be for one partition.
 */
const MOST_BYTES_PER_TOPIC = 900_000;
/** kafkajs copies a partition's records once per record. */
const MOST_RECORDS_PER_TOPIC = 1_000;

/** The records in requests that a broker takes, to be sent one after the other. A record too large stands alone. */
export function toProduceRequests(batch: readonly TopicRecords[]): TopicMessages[][] {
  const requests: TopicMessages[][] = [];
  const byTopic = new Map<string, { request: number; bytes: number; messages: Message[] }>();
  for (const { topic, records } of batch) {
    for (const record of records) {
      const bytes = sizeOf(record);
      let open = byTopic.get(topic);
      if (!open || open.bytes + bytes > MOST_BYTES_PER_TOPIC || open.messages.length >= MOST_RECORDS_PER_TOPIC) {
        open = { request: open ? open.request + 1 : 0, bytes: 0, messages: [] };
        byTopic.set(topic, open);
        requests[open.request] ??= [];
        requests[open.request]?.push({ topic, messages: open.messages });
      }
      open.messages.push(toMessage(record));
      open.bytes += bytes;
    }
  }
  return requests;
}

function toMessage({ key, value, headers, partition, timestampMs = Date.now() }: OutgoingRecord): Message {
  if (key === undefined || value === undefined) throw new TypeError('a record has a key and a value, or null for them');
  const pairs = (Array.isArray(headers) ? headers : Object.entries(headers ?? {})) as readonly RawHeader[];
  // Our codec takes pairs, whatever kafkajs's types say.
  return { key, value, headers: pairs as unknown as IHeaders, partition, timestamp: String(timestampMs) };
}
