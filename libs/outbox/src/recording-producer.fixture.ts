import type { OutgoingRecord, TopicRecords } from '@meridian/kafka';

export interface PublishedEvent {
  sequence: number;
  topic: string;
  key: string;
  value: Record<string, unknown>;
  headers: Record<string, string>;
}

/** The producer's port, kept in memory: what was acknowledged, in order. */
export interface RecordingProducer {
  sendBatch(batch: TopicRecords[]): Promise<void>;
  events: PublishedEvent[];
  sequences(): number[];
}

/** `onSend` runs after the records were noted and before they are acknowledged; a throw refuses the acknowledgement. */
export function createRecordingProducer(onSend: (events: PublishedEvent[]) => Promise<void> | void = () => {}) {
  const producer: RecordingProducer = {
    events: [],
    sequences: () => producer.events.map((event) => event.sequence),
    async sendBatch(batch) {
      const sent = batch.flatMap(({ topic, records }) => records.map((record) => toEvent(topic, record)));
      producer.events.push(...sent);
      await onSend(sent);
    },
  };
  return producer;
}

function toEvent(topic: string, { key, value, headers }: OutgoingRecord): PublishedEvent {
  const text = headers as Record<string, string>;
  return {
    sequence: Number(text.ce_originseq),
    topic,
    key: String(key),
    value: JSON.parse(String(value)),
    headers: text,
  };
}

export const silent = { info: () => {}, warn: () => {} };
