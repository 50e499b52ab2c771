import type { OutboxRelay, RelayOptions } from './relay-options.ts';

export async function startOutboxRelay(_options: RelayOptions): Promise<OutboxRelay> {
  throw new Error('not built yet');
}
