export { DidNotServe, describeExit, launch, type ManagedProcess } from './launch.ts';
export { tailOf } from './log-tail.ts';
export type { ProcessExit, ProcessSpec } from './process-spec.ts';
export { sendSignal } from './send-signal.ts';
