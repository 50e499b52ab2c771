import { deadLetterIdSchema } from '@meridian/contracts';
import type { RegionId, ServiceName, Topology } from '@meridian/regions';
import { usageFault } from '../command-failure.ts';
import { knownService } from '../instance/services.ts';
import { knownRegion } from '../session.ts';

/** A dead letter is one of a service of a region: two services may both have given up the same record. */
export interface LetterName {
  region: RegionId;
  service: ServiceName;
  /** `<topic>:<partition>:<offset>`. */
  id: string;
}

export function nameOf({ region, service, id }: { region: string; service: string; id: string }): string {
  return `${region}/${service}/${id}`;
}

export function letterNamed(topology: Topology, name: string): LetterName {
  const [region = '', service = '', ...rest] = name.split('/');
  const id = rest.join('/');
  if (!deadLetterIdSchema.safeParse(id).success)
    throw usageFault(`"${name}" names no dead letter; "meridian dlq list" shows their names.`);
  return { region: knownRegion(topology, region), service: knownService(service), id };
}
