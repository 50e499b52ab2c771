import { createRecordingProducer, silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';

/**
 * A relay in a process of its own, to be killed. It prints one line per event that it has produced, and what has the key
 * "stuck" is never acknowledged: the relay then stands between producing and deleting.
 */
const [databaseUrl = ''] = process.argv.slice(2);
const producer = createRecordingProducer(async (events) => {
  for (const { sequence, key } of events) console.log(`${sequence} ${key}`);
  if (events.some(({ key }) => key === 'stuck')) await new Promise(() => {});
});
await startOutboxRelay({ databaseUrl, region: 'eu-west', service: 'order', producer, logger: silent });
