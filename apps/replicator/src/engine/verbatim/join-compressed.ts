import type { FetchedBatch } from '@meridian/kafka';
import { codecOf } from '@meridian/record-batches';
import type { WrittenCodec } from './compress-records.ts';
import { canDecompress, unlessLarge } from './decompress-records.ts';
import { JOINED_BYTES, JOINED_RECORDS, type PlannedWrite, SMALL_BYTES } from './plan-writes.ts';

/** They are decompressed one after the other before anybody else has a turn: some tens of milliseconds for so many. */
const JOINED_BATCHES = 1_000;

/** Small compressed batches that go into the target as one, which is compressed again by their codec. */
export interface JoinedWrite {
  how: 'joined';
  codec: WrittenCodec;
  batches: readonly FetchedBatch[];
  /** Of each batch, decompressed. */
  records: readonly Uint8Array[];
}

/**
 * Joins what `planWrites` lets go as it is because it is compressed: in a backlog of small batches each would cost a request. What is
 * decompressed for that is no more than a batch may hold; one that becomes larger goes as it is, and so does one that comes alone,
 * that cannot be read here (snappy, lz4, damage), or that begins before the wanted offset.
 */
export function* joinCompressed(plan: readonly PlannedWrite[]): Generator<PlannedWrite | JoinedWrite> {
  for (let at = 0; at < plan.length; ) {
    const run = runFrom(plan, at);
    if (run.length < 2) {
      yield plan[at] as PlannedWrite;
      at += 1;
      continue;
    }
    yield* inParts(run);
    at += run.length;
  }
}

/** The batches from a place in the plan on that have the same codec and may be joined. */
function runFrom(plan: readonly PlannedWrite[], from: number): FetchedBatch[] {
  const run: FetchedBatch[] = [];
  for (let at = from; at < plan.length; at += 1) {
    const { how, batches } = plan[at] as PlannedWrite;
    const [one] = batches as [FetchedBatch];
    if (how !== 'as-it-is' || !canBeJoined(one)) break;
    if (run[0] && codecOf(run[0].batch) !== codecOf(one.batch)) break;
    run.push(one);
  }
  return run;
}

function canBeJoined({ batch, firstOffset }: FetchedBatch): boolean {
  const isRead = codecOf(batch) !== 'none' && canDecompress(batch);
  return isRead && batch.bytes.length < SMALL_BYTES && BigInt(firstOffset) === batch.baseOffset;
}

/** Of a run, as much together as a batch may hold. */
function* inParts(run: readonly FetchedBatch[]): Generator<PlannedWrite | JoinedWrite> {
  const codec = codecOf((run[0] as FetchedBatch).batch) as WrittenCodec;
  let [batches, records]: [FetchedBatch[], Uint8Array[]] = [[], []];
  let [bytes, count] = [0, 0];
  function* close(): Generator<PlannedWrite | JoinedWrite> {
    if (batches.length > 1) yield { how: 'joined', codec, batches, records };
    else if (batches.length === 1) yield { how: 'as-it-is', batches };
    [batches, records] = [[], []];
    [bytes, count] = [0, 0];
  }
  for (const one of run) {
    const held = unlessLarge(one.batch, JOINED_BYTES);
    if (!held) {
      yield* close();
      yield { how: 'as-it-is', batches: [one] };
      continue;
    }
    const fits = bytes + held.length <= JOINED_BYTES && count + one.batch.recordCount <= JOINED_RECORDS;
    if (!fits || batches.length === JOINED_BATCHES) yield* close();
    batches.push(one);
    records.push(held);
    bytes += held.length;
    count += one.batch.recordCount;
  }
  yield* close();
}
