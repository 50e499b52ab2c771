import { EDGE, type Topology, type WanLink } from '@meridian/regions';
import { z } from 'zod';

/** A flap faster than this would be a busy loop; a connection could not even be set up in between. */
const MIN_FLAP_MS = 10;
const MAX_FLAP_MS = 3_600_000;
const MAX_DELAY_MS = 60_000;

/** What the control API accepts, for one topology: places and links that do not exist are refused with their names. */
export function controlContract(topology: Topology, links: readonly Pick<WanLink, 'id'>[]) {
  const regionIds = topology.regions.map((r) => r.id);
  const region = z.enum(regionIds);
  const place = z.enum([...regionIds, EDGE]);
  const pair = z.tuple([place, place]).refine(([a, b]) => a !== b, 'two different places are needed');
  const linkId = z.enum(links.map((l) => l.id));
  const linkIds = z.array(linkId).min(1);
  const delayMs = z.number().min(0).max(MAX_DELAY_MS);
  const phaseMs = z.number().min(MIN_FLAP_MS).max(MAX_FLAP_MS);

  return {
    fault: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('partition'), regions: pair, oneWay: z.boolean().default(false) }),
      z.strictObject({ kind: z.literal('isolate'), region }),
      z.strictObject({ kind: z.literal('black-hole'), links: linkIds }),
      z.strictObject({ kind: z.literal('reset'), links: linkIds }),
      z.strictObject({ kind: z.literal('flap'), regions: pair, upMs: phaseMs, downMs: phaseMs }),
    ]),
    healQuery: z
      .strictObject({
        between: z
          .string()
          .transform((text) => text.split(','))
          .pipe(pair)
          .optional(),
        region: region.optional(),
      })
      .refine((q) => q.between === undefined || q.region === undefined, 'either "between" or "region", not both'),
    delay: z
      .strictObject({ between: pair.optional(), link: linkId.optional(), delayMs })
      .refine((d) => (d.between === undefined) !== (d.link === undefined), 'either "between" or "link" is needed'),
    profile: z.strictObject({ name: z.enum(Object.keys(topology.profiles)) }),
  };
}
