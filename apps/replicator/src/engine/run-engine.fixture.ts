import path from 'node:path';
import { launch, type ManagedProcess } from '@meridian/process';
import type { OwnEngineName } from './engines.ts';

export interface EngineToRun {
  engine: OwnEngineName;
  region: string;
  /** Of origin and target alike. */
  broker: string;
  /** For its log. */
  directory: string;
  /** Whether it divides the work with others of its region. */
  shared?: boolean;
}

/** An engine in a process that a test can kill. */
export function runEngine({ engine, region, broker, directory, shared }: EngineToRun): Promise<ManagedProcess> {
  return launch({
    name: engine,
    command: process.execPath,
    args: [
      ...['--conditions=source', '--disable-warning=ExperimentalWarning'],
      path.join(import.meta.dirname, 'one-engine.fixture.ts'),
      ...[engine, broker, region, broker, shared ? 'shared' : ''],
    ],
    logFile: path.join(directory, `${engine}.log`),
    ready: async () => undefined,
    readyWithinMs: 10_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 6_000,
  });
}
