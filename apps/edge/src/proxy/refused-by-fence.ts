import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '@meridian/contracts';

/**
 * The epoch that a region knows which has refused a request for who may serve (503), or undefined. Such a region has done
 * nothing of it, so that it may be sent again, whatever it is: the header says so, and no other 503 has it.
 */
export function refusedByFence(status: number, headers: IncomingHttpHeaders): number | undefined {
  const known = headers[HEADERS.epoch];
  return status === 503 && typeof known === 'string' && /^\d{1,15}$/.test(known) ? Number(known) : undefined;
}
