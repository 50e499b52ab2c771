/** A replicator process with one engine, for drain.mjs: copies until it is told to end, and tells what it took. */
import { createLogger } from '@meridian/service-kit/process';
import { ENGINES } from '../dist/engine/engines.js';

const [engine, originBrokers, region, targetBrokers] = process.argv.slice(2);
const copy = ENGINES[engine]({ refreshMs: 1_000 }).start({
  origin: { region: 'origin', brokers: originBrokers.split(',') },
  target: { region, brokers: targetBrokers.split(',') },
  regions: [region, 'origin'],
  logger: createLogger('bench', { level: 'error' }),
});

let mostBytes = 0;
const timer = setInterval(() => {
  const { copiedRecords, failing } = copy.status();
  mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  process.send({ copiedRecords, failing, cpuSeconds: (user + system) / 1e6, mostBytes });
}, 10);
process.on('message', async () => {
  clearInterval(timer);
  await copy.stop();
  process.disconnect();
});
