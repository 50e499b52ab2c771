import type { KafkaMessage } from 'kafkajs';

/** A header as it lies in a record: names may repeat, their order counts, and a value may be null. */
export type RawHeader = readonly [name: string, value: Buffer | null];

/** A record as it was read from a topic. Keys and values are bytes: nothing is decoded. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  /** A 64-bit number in decimal. */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Headers by name. Of a name that repeats the last value; a header without a value is left out. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Every header, byte for byte and in order: for copying a record. */
  readonly rawHeaders: readonly RawHeader[];
  /** Milliseconds since 1970, as the producer set it. */
  readonly timestampMs: number;
}

/** A record to be written. */
export interface OutgoingRecord {
  key: string | Buffer | null;
  value: string | Buffer | null;
  headers?: Readonly<Record<string, string | Buffer>> | readonly RawHeader[];
  /** Default: by the hash of the key, as Java clients do; without a key, the partitions in turn. */
  partition?: number;
  /** Default: now. */
  timestampMs?: number;
}

/** Where in a topic a record lies. */
export interface RecordPosition {
  partition: number;
  /** A 64-bit number in decimal. */
  offset: string;
}

/** Headers as text, for envelopes that are text throughout. */
export function headersToStrings(headers: Readonly<Record<string, Buffer>>): Record<string, string> {
  const strings: Record<string, string> = {};
  for (const name in headers) strings[name] = (headers[name] as Buffer).toString('utf8');
  return strings;
}

/** One header as text; undefined when the record has none of that name. Cheaper than `headers` for a single look. */
export function headerText(record: Pick<IncomingRecord, 'rawHeaders'>, name: string): string | undefined {
  for (let i = record.rawHeaders.length - 1; i >= 0; i -= 1) {
    const [found, value] = record.rawHeaders[i] as RawHeader;
    if (found === name && value) return value.toString('utf8');
  }
  return undefined;
}

/** The bytes of a record that count against a limit: an estimate that is never too low by more than its framing. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  const bytes = (part: string | Buffer | null) => (part === null ? 0 : Buffer.byteLength(part));
  let size = 64 + bytes(key) + bytes(value);
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers ?? {});
  for (const [name, held] of pairs as Iterable<[string, string | Buffer | null]>) size += 8 + bytes(name) + bytes(held);
  return size;
}

/** kafkajs's message as a record. */
export class ReceivedRecord implements IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly rawHeaders: readonly RawHeader[];
  readonly #timestamp: string;
  #headers: Record<string, Buffer> | undefined;

  constructor(topic: string, partition: number, message: KafkaMessage) {
    this.topic = topic;
    this.partition = partition;
    this.offset = message.offset;
    this.key = message.key;
    this.value = message.value;
    // Pairs, whatever kafkajs's types say: see kafkajs.ts.
    this.rawHeaders = (message.headers ?? []) as unknown as readonly RawHeader[];
    this.#timestamp = message.timestamp;
  }

  get timestampMs(): number {
    return Number(this.#timestamp);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    if (!this.#headers) {
      this.#headers = {};
      for (const [name, value] of this.rawHeaders) if (value) this.#headers[name] = value;
    }
    return this.#headers;
  }
}
