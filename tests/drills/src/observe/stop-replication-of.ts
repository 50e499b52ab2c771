import type { RegionId } from '@meridian/regions';
import { addresses, wan } from '@meridian/test-harness';

/** No event comes from the region, and none to it; votes, calls and clients pass as before. */
export async function stopReplicationOf(region: RegionId): Promise<void> {
  const kafka = addresses.links.filter((l) => l.target === 'kafka' && (l.from === region || l.to === region));
  const body = { kind: 'black-hole', links: kafka.map(({ id }) => id) };
  const { status } = await wan('/faults', { method: 'POST', body });
  if (status >= 300) throw new Error(`The fault was refused: ${status}`);
}
