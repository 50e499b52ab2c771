export type { ProcessKind, ProcessStatus } from './fleet.ts';
export { type LocalPaths, localPaths, repositoryRoot } from './paths.ts';
export { checkPrerequisites, portsByUse } from './prerequisites.ts';
export { RunsAlready } from './run-records.ts';
export {
  logFile,
  type RunningSystem,
  type RunUpOptions,
  readLocalTopology,
  runUp,
  StoppedWhileStarting,
} from './run-up.ts';
export type { Step } from './start-all.ts';
export { type StopResult, stopRunning } from './stop-running.ts';
export type { ProcessState, SupervisionEvent } from './supervisor.ts';
