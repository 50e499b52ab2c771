import { createLogger } from '@meridian/service-kit/process';
import { WorkerProcess } from './worker-process.ts';

/** A process that runs a worker, for a test that kills it: `node supervisor.fixture.ts <arguments file> <java>`. */
const [argumentsFile = '', java = ''] = process.argv.slice(2);
new WorkerProcess(argumentsFile, java).hold(createLogger('supervisor', { level: 'silent' }));
setInterval(() => undefined, 60_000);
