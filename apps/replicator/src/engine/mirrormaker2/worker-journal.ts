import type { IncomingRecord } from '@meridian/kafka';

/**
 * What a worker writes about itself into the cluster that it serves, per origin: how far it has copied
 * (`mm2-offsets.<origin>.internal`) and how its tasks are (`mm2-status.<origin>.internal`). Both are JSON of Kafka Connect.
 */
export const offsetsTopic = (origin: string) => `mm2-offsets.${origin}.internal`;
export const statusTopic = (origin: string) => `mm2-status.${origin}.internal`;

type Told = Pick<IncomingRecord, 'key' | 'value'>;

export interface CopiedUpTo {
  topic: string;
  partition: number;
  /** The next offset of the origin's partition that is to be copied; null when the position was taken back. */
  position: bigint | null;
}

/** Reads a record of the offsets' topic; undefined for those of other connectors. */
export function readCopiedUpTo({ key, value }: Told): CopiedUpTo | undefined {
  const [connector, source] = (json(key) ?? []) as [string?, { topic?: unknown; partition?: unknown }?];
  if (connector !== 'MirrorSourceConnector' || typeof source?.topic !== 'string') return undefined;
  const { offset } = (json(value) ?? {}) as { offset?: number };
  return {
    topic: source.topic,
    partition: Number(source.partition),
    position: offset === undefined ? null : BigInt(offset) + 1n,
  };
}

export interface TaskState {
  task: string;
  /** `null` when the task is no more. */
  state: 'RUNNING' | 'FAILED' | 'UNASSIGNED' | 'PAUSED' | 'RESTARTING' | null;
  /** Of a failed one: the first line of why. */
  why: string | undefined;
}

/** Reads a record of the statuses' topic; undefined for those of other connectors and of topics. */
export function readTaskState({ key, value }: Told): TaskState | undefined {
  const task = /^status-((?:task|connector)-MirrorSourceConnector(?:-\d+)?)$/.exec(key?.toString('utf8') ?? '')?.[1];
  if (!task) return undefined;
  const { state, trace } = (json(value) ?? {}) as { state?: NonNullable<TaskState['state']>; trace?: string | null };
  if (state === undefined || (state as string) === 'DESTROYED') return { task, state: null, why: undefined };
  return { task, state, why: causeOf(trace ?? undefined) };
}

/** The last cause says what happened, the first line only that something did. */
function causeOf(trace: string | undefined): string | undefined {
  const causes = trace?.split('\n').filter((line) => line.startsWith('Caused by: '));
  return causes?.at(-1)?.slice('Caused by: '.length) ?? trace?.split('\n', 1)[0];
}

function json(bytes: Buffer | null): unknown {
  if (bytes === null) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
