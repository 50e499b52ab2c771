import { type FetchedBatch, OutOfSequence, type PartitionOffset, type UndecodedProducer } from '@meridian/kafka';
import { type ProducedBy, recordCountOf, sequenceAfter } from '@meridian/record-batches';
import type { CopyContext } from '../carriage.ts';
import { type CopyPosition, readNote, recordsThere, toNote } from './copy-position.ts';
import { type AlreadyThere, leaveOut } from './leave-out.ts';

/**
 * The copy of one partition, written in the name of one producer without a gap between sequence numbers. So the broker itself
 * drops what is sent again after an answer was lost, and the copy's last batch says how far it has come: after a crash what
 * the committed position has missed is left out, and nothing comes twice.
 *
 * It is not a transaction: where counting records is not safe (`leaveOut`), where the copy ends with a record of somebody else,
 * and where the position has no note (another engine was here), the last records come twice, as many as the position missed.
 */
export class SequencedCopy {
  readonly #context: CopyContext<UndecodedProducer>;
  readonly #topic: string;
  readonly #partition: number;
  /** Of the next record. */
  #next: ProducedBy;
  #there: AlreadyThere = { records: 0, from: 0n };

  private constructor(context: CopyContext<UndecodedProducer>, topic: string, partition: number, next: ProducedBy) {
    this.#context = context;
    this.#topic = topic;
    this.#partition = partition;
    this.#next = next;
  }

  /** `topic` is the copy's; `committed` where reading began at the origin. */
  static async begin(
    context: CopyContext<UndecodedProducer>,
    topic: string,
    partition: number,
    committed: PartitionOffset | undefined,
  ): Promise<SequencedCopy> {
    const held = readNote(committed?.note);
    const next = held ?? (await newProducer(context));
    const copy = new SequencedCopy(context, topic, partition, next);
    if (held) await copy.#lookWhatIsThere(BigInt((committed as PartitionOffset).offset));
    return copy;
  }

  get next(): ProducedBy {
    return this.#next;
  }

  /** To be committed with the position behind what was written last. */
  get note(): string {
    const { baseSequence } = this.#next;
    const position: CopyPosition = { ...this.#next, baseSequence: sequenceAfter(baseSequence, -this.#there.records) };
    return toNote(position);
  }

  leaveOut(batches: readonly FetchedBatch[]): Pick<ReturnType<typeof leaveOut>, 'rest' | 'skipped'> {
    const { there, ...left } = leaveOut(batches, this.#there);
    this.#there = there;
    return left;
  }

  /** `batch` is made with `next`, of what begins with `firstOffset` at the origin. */
  async write(batch: Uint8Array, firstOffset: string): Promise<void> {
    const { writer, unlessStopping } = this.#context;
    try {
      await unlessStopping(() => writer.write(this.#topic, this.#partition, batch));
    } catch (failure) {
      // Another process writes this copy, or has just before it died; or the copy is not what it was.
      if (failure instanceof OutOfSequence) await this.#lookAgain(BigInt(firstOffset));
      throw failure;
    }
    this.#next = { ...this.#next, baseSequence: sequenceAfter(this.#next.baseSequence, recordCountOf(batch)) };
  }

  async #lookAgain(from: bigint): Promise<void> {
    const before = this.#next;
    await this.#lookWhatIsThere(from);
    if (this.#next === before) this.#next = await newProducer(this.#context);
  }

  async #lookWhatIsThere(from: bigint): Promise<void> {
    const { writer, logger, unlessStopping } = this.#context;
    const last = await unlessStopping(() => writer.lastBatch(this.#topic, this.#partition));
    const there = recordsThere(last, this.#next);
    if (there === undefined) {
      this.#next = await newProducer(this.#context);
      return;
    }
    const log = `${this.#topic}/${this.#partition}`;
    if (there < 0) logger.error({ log, lost: -there }, 'a copy has lost records that it had acknowledged');
    if (there > 0)
      logger.info({ log, records: there }, 'a copy has more than its position says; that is not copied again');
    if (there === 0) return;
    this.#next = { ...this.#next, baseSequence: sequenceAfter(this.#next.baseSequence, there) };
    this.#there = { records: Math.max(0, there), from };
  }
}

async function newProducer({ writer, unlessStopping }: CopyContext<UndecodedProducer>): Promise<ProducedBy> {
  return { ...(await unlessStopping(() => writer.newProducer())), baseSequence: 0 };
}
