import { createKafkajsEngine, type EngineOptions } from './kafkajs-engine.ts';
import type { ReplicationEngine } from './replication-engine.ts';
import { createVerbatimEngine } from './verbatim/verbatim-engine.ts';

/** By the name that `MERIDIAN_REPLICATOR` has for it. */
export const ENGINES = {
  kafkajs: createKafkajsEngine,
  verbatim: createVerbatimEngine,
} as const satisfies Record<string, (options?: EngineOptions) => ReplicationEngine>;

export type EngineName = keyof typeof ENGINES;
export const ENGINE_NAMES = Object.keys(ENGINES) as [EngineName, ...EngineName[]];
