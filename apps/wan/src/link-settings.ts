import { EDGE, oneWayMs, type Topology, type WanLink } from '@meridian/regions';
import { bytesPerMs } from './bandwidth.ts';

/** How a link behaves when nothing is wrong; the same in both directions. */
export interface LinkSettings {
  /** One way: half the round trip. */
  delayMs: number;
  /** Up to this much more, drawn anew for every segment. Never less: no byte is faster than the link. */
  jitterMs: number;
  /** 0 means unlimited. */
  bandwidthMbps: number;
}

/** The edge stands beside the region that it asks, as clients reach a front door near them: its links add nothing. */
const NOTHING_ADDED: LinkSettings = { delayMs: 0, jitterMs: 0, bandwidthMbps: 0 };

/** Throws when the profile is not in the topology, naming those that are. */
export function linkSettings(
  topology: Topology,
  profileName: string,
  link: Pick<WanLink, 'from' | 'to'>,
): LinkSettings {
  const profile = topology.profiles[profileName];
  if (!profile || !Object.hasOwn(topology.profiles, profileName))
    throw new Error(
      `There is no WAN profile "${profileName}"; the profiles are ${Object.keys(topology.profiles).join(', ')}.`,
    );
  if (link.from === EDGE) return NOTHING_ADDED;
  return {
    delayMs: oneWayMs(topology, profileName, link.from, link.to),
    jitterMs: profile.jitterMs,
    bandwidthMbps: profile.bandwidthMbps,
  };
}

const MIN_WINDOW_BYTES = 256 * 1024;
const MAX_WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * How many bytes one direction of a connection may have on the way before its sender is made to wait: the
 * bandwidth-delay product, as a well-tuned TCP window would be. Not less than 256 KiB, so that short links move bulk;
 * not more than 16 MiB, which still fills 1 Gbit/s at the longest link and bounds what a stalled receiver can cost.
 */
export function windowBytes({ delayMs, bandwidthMbps }: LinkSettings): number {
  const product = delayMs === 0 ? 0 : delayMs * bytesPerMs(bandwidthMbps);
  return Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, Math.ceil(product)));
}
