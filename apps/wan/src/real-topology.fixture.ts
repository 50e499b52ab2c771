import path from 'node:path';
import type { Topology } from '@meridian/regions';
import { readTopology } from '@meridian/service-kit/process';

/** The regions and links that everything else runs on. */
export const realTopology = (): Topology =>
  readTopology(path.join(import.meta.dirname, '../../../infra/topology.json'));
