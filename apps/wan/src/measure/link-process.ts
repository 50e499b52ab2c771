import { Link } from '../link.ts';
import type { LinkSettings } from '../link-settings.ts';

/**
 * One link in a process of its own, so that what it costs can be told from what its sender and receiver cost.
 * Forked by `measure-link.ts`: settings and ports come as arguments, CPU times go back by message.
 */
const [listenPort, upstreamPort, settings] = process.argv.slice(2).map((text) => JSON.parse(text)) as [
  number,
  number,
  LinkSettings,
];

const link = new Link({
  wanLink: {
    id: 'a->b/kafka',
    from: 'a',
    to: 'b',
    target: 'kafka',
    purpose: 'replication',
    listen: { host: '127.0.0.1', port: listenPort },
    upstream: { host: '127.0.0.1', port: upstreamPort },
  },
  settings,
  nowMs: () => performance.now(),
  random: Math.random,
});
await link.listen();
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit(0));
process.send?.('listening');
