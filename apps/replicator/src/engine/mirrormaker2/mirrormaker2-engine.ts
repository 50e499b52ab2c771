import type { ReplicationEngine } from '../replication-engine.ts';
import { ObservedCopy } from './observed-copy.ts';
import { WorkerProcess } from './worker-process.ts';

/**
 * Apache MirrorMaker 2 as an engine: one worker in dedicated mode copies every other region's topics into this one's
 * cluster, and this process supervises it and tells of it what is told of the other engines. Its settings, each with its
 * reason, are in infra/kafka (`worker-settings.ts`); it is what `argumentsFile` makes `java` run.
 *
 * What differs from our own engines:
 * - The span `replicate` is derived, from the record's time and headers, once the copy is seen here (`meridian.derived`).
 *   It is made here and not by who applies the record, so that every copy has one, and no service knows the engine.
 * - The position is kept in the **target**, in MirrorMaker's own topics. Another engine does not go on from it, nor this
 *   one from another's: a region that changes its engine gets every event once more, which joining makes harmless.
 * - `behind` is up to a second old, as positions are written that often.
 *
 * Limits: a change of the origin's cluster while this process is down is not noticed; and to pause this process does not
 * pause the worker.
 */
export function createMirrorMaker2Engine({ argumentsFile }: { argumentsFile: string }): ReplicationEngine {
  const worker = new WorkerProcess(argumentsFile);
  return { name: 'mirrormaker2', start: (specification) => new ObservedCopy(worker, specification) };
}
