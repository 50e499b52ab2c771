import type { RegionId } from '@meridian/regions';
import type { LinkState } from '../instance/wan.ts';

/** The links that join two regions, in both directions of opening. */
export function linksBetween(links: readonly LinkState[], [a, b]: readonly [RegionId, RegionId]): LinkState[] {
  return links.filter((l) => (l.from === a && l.to === b) || (l.from === b && l.to === a));
}

/** Every link that begins or ends in a region, the edge's included. */
export function linksAt(links: readonly LinkState[], region: RegionId): LinkState[] {
  return links.filter((l) => l.from === region || l.to === region);
}

export function faulty(links: readonly LinkState[]): LinkState[] {
  return links.filter((l) => l.fault !== null);
}

/** The links on which nothing that goes from `from` to `to` gets through, whoever opened the connection. */
export function blockedFrom(links: readonly LinkState[], from: RegionId, to: RegionId): LinkState[] {
  return links.filter((l) => (l.from === from && l.to === to ? l.blocked.there : l.blocked.back));
}

/** `8 of 8 links are cut (black-hole)`, from what the WAN reads back. */
export function cutSentence(links: readonly LinkState[]): string {
  const cut = faulty(links);
  const kinds = [...new Set(cut.map((l) => l.fault))].join(', ');
  const verb = cut.length === 1 ? 'is' : 'are';
  return `${cut.length} of ${links.length} links ${verb} cut${kinds ? ` (${kinds})` : ''}`;
}
