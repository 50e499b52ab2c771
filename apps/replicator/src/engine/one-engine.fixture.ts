/** An engine in a process of its own, for a test to kill: its name, the origin's broker, the region, the target's broker, and whether it shares. */
import { createLogger } from '@meridian/service-kit/process';
import { OWN_ENGINES, type OwnEngineName } from './engines.ts';
import { Shares } from './shares.ts';

const [engine, origin, region, target, shared] = process.argv.slice(2) as [
  OwnEngineName,
  string,
  string,
  string,
  string,
];
const logger = createLogger('replicator', { level: 'error' });
const shares = shared ? new Shares({ region, brokers: [target] }, logger) : undefined;
const copy = OWN_ENGINES[engine]({ refreshMs: 200 }).start({
  origin: { region: 'eu-west', brokers: [origin] },
  target: { region, brokers: [target] },
  regions: ['us-east', 'eu-west'],
  ...{ shares, logger },
});
process.on('SIGTERM', async () => {
  await copy.stop();
  await shares?.stop();
  process.exit(0);
});
