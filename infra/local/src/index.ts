export type { ProcessKind, ProcessStatus } from './fleet.ts';
export { failoverFile, localPaths } from './paths.ts';
export { portsByUse } from './prerequisites.ts';
export { RunsAlready } from './run-records.ts';
export { type RunningSystem, type RunUpOptions, runUp, StoppedWhileStarting } from './run-up.ts';
export type { Step } from './start-all.ts';
export { type StopResult, stopRunning } from './stop-running.ts';
export type { ProcessState, SupervisionEvent } from './supervisor.ts';
