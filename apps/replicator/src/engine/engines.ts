import type { ReplicationEngineName } from '@meridian/contracts';
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

/** Those that are ours and copy in this process. */
export const OWN_ENGINES = {
  kafkajs: createKafkajsEngine,
  verbatim: createVerbatimEngine,
} as const satisfies Record<string, (settings?: EngineSettings) => ReplicationEngine>;

export type OwnEngineName = keyof typeof OWN_ENGINES;
export const OWN_ENGINE_NAMES = Object.keys(OWN_ENGINES) as [OwnEngineName, ...OwnEngineName[]];

/** By the name that `MERIDIAN_REPLICATOR` has for it. */
export const ENGINES = {
  ...OWN_ENGINES,
  mirrormaker2: ({ mirrorMakerArguments }: EngineSettings = {}) => {
    if (!mirrorMakerArguments) throw new Error(NO_WORKER);
    return createMirrorMaker2Engine({ argumentsFile: mirrorMakerArguments });
  },
} as const satisfies Record<ReplicationEngineName, (settings?: EngineSettings) => ReplicationEngine>;

const NO_WORKER =
  'MERIDIAN_REPLICATOR is "mirrormaker2", and MERIDIAN_MIRRORMAKER2 names no arguments for java; the local runner and infra/compose/mirrormaker2.env make them.';
