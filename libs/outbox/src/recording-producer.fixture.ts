import { HEARTBEAT_TYPE } from '@meridian/contracts';
import type { OutgoingRecord, TopicRecords } from '@meridian/kafka';

export interface PublishedEvent {
  sequence: number;
  topic: string;
  partition: number | undefined;
  key: string;
  value: Record<string, unknown>;
  headers: Record<string, string>;
}

/** The producer's port, kept in memory: what was acknowledged, in order. */
export interface SentHeartbeat {
  lane: string;
  horizon: string;
  time: string;
}

export interface RecordingProducer {
  sendBatch(batch: TopicRecords[]): Promise<void>;
  events: PublishedEvent[];
  heartbeats: SentHeartbeat[];
  sequences(): number[];
}

/** `onSend` runs after the records were noted and before they are acknowledged; a throw refuses the acknowledgement. */
export function createRecordingProducer(onSend: (events: PublishedEvent[]) => Promise<void> | void = () => {}) {
  const producer: RecordingProducer = {
    events: [],
    heartbeats: [],
    sequences: () => producer.events.map((event) => event.sequence),
    async sendBatch(batch) {
      const all = batch.flatMap(({ topic, records }) => records.map((record) => ({ topic, record })));
      const isHeartbeat = ({ record }: { record: OutgoingRecord }) => headersOf(record).ce_type === HEARTBEAT_TYPE;
      producer.heartbeats.push(...all.filter(isHeartbeat).map(({ topic, record }) => toHeartbeat(topic, record)));
      const sent = all.filter((one) => !isHeartbeat(one)).map(({ topic, record }) => toEvent(topic, record));
      producer.events.push(...sent);
      if (sent.length > 0) await onSend(sent);
    },
  };
  return producer;
}

const headersOf = ({ headers }: OutgoingRecord) => headers as Record<string, string>;

function toHeartbeat(topic: string, record: OutgoingRecord): SentHeartbeat {
  const { ce_horizon: horizon = '', ce_time: time = '' } = headersOf(record);
  return { lane: `${topic}/${record.partition}`, horizon, time };
}

function toEvent(topic: string, record: OutgoingRecord): PublishedEvent {
  const { key, value, partition } = record;
  const text = headersOf(record);
  return {
    sequence: Number(text.ce_originseq),
    topic,
    partition,
    key: String(key),
    value: JSON.parse(String(value)),
    headers: text,
  };
}

export const silent = { info: () => {}, warn: () => {} };
