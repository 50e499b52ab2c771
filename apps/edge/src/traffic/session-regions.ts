import { decodeToken, needsOf } from '@meridian/consistency';
import type { RegionId, ServiceName } from '@meridian/regions';

const NONE: readonly RegionId[] = [];

/**
 * The regions whose writes a session has made or seen, as its token says: there it need not wait to find them again. A
 * token that is none is for the service to refuse.
 */
export function sessionRegions(token: string | string[] | undefined, service: ServiceName): readonly RegionId[] {
  if (typeof token !== 'string') return NONE;
  const decoded = decodeToken(token);
  return decoded.ok ? Object.keys(needsOf(decoded.token, service)) : NONE;
}
