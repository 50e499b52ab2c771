import { type FetchedBatch, OutOfSequence } from '@meridian/kafka';
import {
  isSameProducer,
  type ProducedBy,
  producedBy,
  sequenceAfter,
  type UndecodedBatch,
} from '@meridian/record-batches';
import { createLogger } from '@meridian/service-kit/process';
import { beforeEach, expect, it } from 'vitest';
import type { CopyContext } from '../carriage.ts';
import { toNote } from './copy-position.ts';
import { SequencedCopy } from './sequenced-copy.ts';

/** A partition of the copy, with what a broker checks of sequence numbers. */
class Log {
  batches: { by: ProducedBy; records: number }[] = [];
  #producers = 40n;

  async newProducer() {
    this.#producers += 1n;
    return { producerId: this.#producers, producerEpoch: 0 };
  }

  async write(_topic: string, _partition: number, bytes: Uint8Array): Promise<void> {
    const by = producedBy({ bytes });
    const records = Buffer.from(bytes).readInt32BE(57);
    const last = this.batches.findLast((one) => isSameProducer(one.by, by));
    const due = last && sequenceAfter(last.by.baseSequence, last.records);
    if (due !== undefined && due !== by.baseSequence) throw new OutOfSequence(`${due} is due`);
    this.batches.push({ by, records });
  }

  async lastBatch(): Promise<UndecodedBatch | undefined> {
    const last = this.batches.at(-1);
    if (!last) return undefined;
    const bytes = batchOf(last.by, last.records);
    return { bytes, baseOffset: 0n, lastOffset: BigInt(last.records - 1) } as UndecodedBatch;
  }
}

function batchOf({ producerId, producerEpoch, baseSequence }: ProducedBy, records: number): Uint8Array {
  const bytes = Buffer.alloc(61);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(baseSequence, 53);
  bytes.writeInt32BE(records, 57);
  return bytes;
}

let log: Log;
let said: Record<string, unknown>[];
beforeEach(() => {
  log = new Log();
  said = [];
});
function begin(committed?: { offset: string; note: string }): Promise<SequencedCopy> {
  const logger = createLogger('replicator', { level: 'silent' });
  logger.error = ((details: Record<string, unknown>) => said.push(details)) as never;
  const unlessStopping = <T>(send: () => Promise<T>) => send();
  const context = { writer: log, logger, unlessStopping } as unknown as CopyContext<never>;
  return SequencedCopy.begin(context, 'copy', 0, committed && { topic: 'original', partition: 0, ...committed });
}
const write = (copy: SequencedCopy, records: number, firstOffset = '0') =>
  copy.write(batchOf(copy.next, records), firstOffset);
const fetched = (first: number, last: number) =>
  ({
    ...{ offset: String(last), firstOffset: String(first) },
    batch: { baseOffset: BigInt(first), lastOffset: BigInt(last), recordCount: last - first + 1 },
  }) as FetchedBatch;
const writes = (copy: SequencedCopy, ...batches: FetchedBatch[]) =>
  copy.leaveOut(batches).rest.map(({ firstOffset }) => Number(firstOffset));

it('a copy without a position is begun by a new producer, and numbers its records without a gap', async () => {
  const copy = await begin();
  await write(copy, 5);
  await write(copy, 3);
  expect(log.batches.map(({ by }) => [by.producerId, by.baseSequence])).toEqual([
    [41n, 0],
    [41n, 5],
  ]);
  expect(copy.note).toBe(toNote({ producerId: 41n, producerEpoch: 0, baseSequence: 8 }));
});

it('after a crash what the position has missed is left out, and the position stands for the same record meanwhile', async () => {
  const dead = await begin();
  await write(dead, 5);
  const { note } = dead;
  await write(dead, 3, '5');
  await write(dead, 2, '8');
  const copy = await begin({ offset: '5', note });
  expect(copy.note).toBe(note);
  expect(writes(copy, fetched(5, 7))).toEqual([]);
  expect(writes(copy, fetched(8, 9), fetched(10, 10))).toEqual([10]);
  await write(copy, 1, '10');
  expect(log.batches.map(({ records }) => records)).toEqual([5, 3, 2, 1]);
});

it('what another process has written meanwhile is found when the broker refuses, and left out', async () => {
  const first = await begin();
  await write(first, 5);
  const second = await begin({ offset: '5', note: first.note });
  await write(first, 3, '5');
  await expect(write(second, 4, '5')).rejects.toThrow(OutOfSequence);
  expect(writes(second, fetched(5, 7), fetched(8, 8))).toEqual([8]);
  await write(second, 1, '8');
  expect(said).toEqual([]);
});

it('a copy that has lost what it had acknowledged is said, and goes on', async () => {
  const copy = await begin();
  await write(copy, 5);
  await write(copy, 3);
  log.batches.pop();
  await expect(write(copy, 1, '8')).rejects.toThrow(OutOfSequence);
  expect(said).toEqual([{ log: 'copy/0', lost: 3 }]);
  await write(copy, 1, '8');
});

it('a copy that ends with a record of somebody else is gone on with by a new producer', async () => {
  const dead = await begin();
  await write(dead, 5);
  log.batches.push({ by: { producerId: -1n, producerEpoch: -1, baseSequence: -1 }, records: 1 });
  const copy = await begin({ offset: '5', note: dead.note });
  expect(writes(copy, fetched(5, 9))).toEqual([5]);
  await write(copy, 5, '5');
  expect(copy.next).toMatchObject({ producerId: 42n, baseSequence: 5 });
});
