import { createKafkajsEngine } from './kafkajs-engine.ts';
import { createMirrorMaker2Engine } from './mirrormaker2/mirrormaker2-engine.ts';
import type { ReplicationEngine } from './replication-engine.ts';
import { createVerbatimEngine } from './verbatim/verbatim-engine.ts';

/** What some engine has to be told. */
export interface EngineSettings {
  /** How often both clusters are asked for their topics. Default 5,000 ms. */
  refreshMs?: number;
  /** What `java` is told to run MirrorMaker 2. */
  mirrorMakerArguments?: string;
}

/** By the name that `MERIDIAN_REPLICATOR` has for it. */
export const ENGINES = {
  kafkajs: createKafkajsEngine,
  verbatim: createVerbatimEngine,
  mirrormaker2: ({ mirrorMakerArguments }: EngineSettings = {}) => {
    if (!mirrorMakerArguments) throw new Error(NO_WORKER);
    return createMirrorMaker2Engine({ argumentsFile: mirrorMakerArguments });
  },
} as const satisfies Record<string, (settings?: EngineSettings) => ReplicationEngine>;

const NO_WORKER =
  'MERIDIAN_REPLICATOR is "mirrormaker2", and MERIDIAN_MIRRORMAKER2 names no arguments for java; the local runner makes them.';

export type EngineName = keyof typeof ENGINES;
export const ENGINE_NAMES = Object.keys(ENGINES) as [EngineName, ...EngineName[]];
