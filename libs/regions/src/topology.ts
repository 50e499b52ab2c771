import { z } from 'zod';

/**
 * The regions of the system and the links between them, as `infra/topology.json` states them.
 * A fourth region is a new entry in that file: no code names a region.
 */

/** Lower-case words joined by `-`: also valid in topic names, host names and header values. */
export type RegionId = string;

const regionId = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a region id is lower-case words joined by "-"');

const place = z.object({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) });

const region = z.object({
  id: regionId,
  name: z.string().min(1),
  location: place,
  timeZone: z.string().min(1),
  jurisdiction: z.string().min(2),
});

const link = z.object({
  between: z.tuple([regionId, regionId]),
  /** Round-trip time in milliseconds by profile name. A profile that is not named here has no delay. */
  rttMs: z.record(z.string(), z.number().min(0)),
  /** Price in US dollars per gigabyte, in the order of `between`: there, back. */
  egressUsdPerGb: z.tuple([z.number().min(0), z.number().min(0)]),
});

const profile = z.object({
  description: z.string(),
  jitterMs: z.number().min(0),
  /** 0 means unlimited. */
  bandwidthMbps: z.number().min(0),
});

const topology = z
  .object({
    regions: z.array(region).min(1).max(9),
    links: z.array(link),
    profiles: z.record(z.string(), profile),
    defaultProfile: z.string(),
  })
  .superRefine((value, context) => {
    const ids = value.regions.map((r) => r.id);
    const fail = (message: string) => context.addIssue({ code: 'custom', message });
    if (new Set(ids).size !== ids.length) fail('two regions have the same id');
    if (!(value.defaultProfile in value.profiles)) fail(`defaultProfile "${value.defaultProfile}" is not in profiles`);
    for (const l of value.links) {
      for (const end of l.between) if (!ids.includes(end)) fail(`a link names the unknown region "${end}"`);
      for (const name of Object.keys(l.rttMs))
        if (!(name in value.profiles)) fail(`a link names the unknown profile "${name}"`);
    }
    for (const [i, a] of ids.entries())
      for (const b of ids.slice(i + 1))
        if (value.links.filter((l) => l.between.includes(a) && l.between.includes(b)).length !== 1)
          fail(`there must be exactly one link between "${a}" and "${b}"`);
  });

export type Place = z.infer<typeof place>;
export type Region = z.infer<typeof region>;
export type Link = z.infer<typeof link>;
export type Topology = z.infer<typeof topology>;

/** Reads a parsed `topology.json`. Throws one plain sentence per fault found. */
export function parseTopology(json: unknown): Topology {
  const result = topology.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'topology'}: ${issue.message}`);
  throw new Error(`infra/topology.json is not valid: ${faults.join('; ')}.`);
}

export function regionIds(topology: Topology): RegionId[] {
  return topology.regions.map((r) => r.id);
}

/** Throws when the region is not in the topology, naming those that are. */
export function regionOf(topology: Topology, id: RegionId): Region {
  const found = topology.regions.find((r) => r.id === id);
  if (!found) throw new Error(`There is no region "${id}"; the regions are ${regionIds(topology).join(', ')}.`);
  return found;
}

export function otherRegionIds(topology: Topology, id: RegionId): RegionId[] {
  return regionIds(topology).filter((other) => other !== id);
}

/** Round-trip time between two regions in milliseconds; 0 within one region and in profiles that the link does not name. */
export function rttMs(topology: Topology, profileName: string, a: RegionId, b: RegionId): number {
  if (a === b) return 0;
  const found = topology.links.find((l) => l.between.includes(a) && l.between.includes(b));
  if (!found) throw new Error(`There is no link between "${a}" and "${b}".`);
  return found.rttMs[profileName] ?? 0;
}

/** One-way delay in milliseconds: half the round trip, as both directions are taken to be equal. */
export function oneWayMs(topology: Topology, profileName: string, from: RegionId, to: RegionId): number {
  return rttMs(topology, profileName, from, to) / 2;
}
