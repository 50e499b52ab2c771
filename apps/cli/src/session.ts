import { readFileSync } from 'node:fs';
import {
  composeAddresses,
  type Deployment,
  EDGE,
  type LocalAddresses,
  localAddresses,
  parseTopology,
  type RegionId,
  regionIds,
  SERVICE_NAMES,
  type Topology,
  wanLink,
} from '@meridian/regions';
import { CommandFailure, usageFault } from './command-failure.ts';
import type { Http } from './instance/http.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What a command works with: where everything listens, how to reach it, and where to write. */
export interface Session {
  topology: Topology;
  topologyPath: string;
  addresses: LocalAddresses;
  portOffset: number;
  deployment: Deployment;
  composeProject: string;
  /** The replicator's engine that was asked for; judged by who starts one. */
  replicator?: string | undefined;
  /** The compression of topics that was asked for; judged likewise. */
  topicCompression?: string | undefined;
  http: Http;
  terminal: Terminal;
  json: boolean;
}

export function readTopologyFile(path: string): Topology {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new CommandFailure(`The topology file ${path} cannot be read.`);
  }
  try {
    return parseTopology(JSON.parse(text));
  } catch (error) {
    throw new CommandFailure((error as Error).message);
  }
}

export function addressesAt(
  topology: Topology,
  portOffset: string | undefined,
  deployment: Deployment = 'local',
): { portOffset: number; addresses: LocalAddresses } {
  if (deployment === 'compose') return { portOffset: 0, addresses: addressesBesideEdge(topology) };
  const offset = portOffset === undefined ? 0 : Number(portOffset);
  try {
    return { portOffset: offset, addresses: localAddresses(topology, offset) };
  } catch (error) {
    throw usageFault((error as Error).message.replace('NaN', `"${portOffset}"`));
  }
}

/** From the network of the edge: the services of a region are behind the links by which the edge reaches them, too. */
function addressesBesideEdge(topology: Topology): LocalAddresses {
  const inside = composeAddresses(topology);
  const regions = Object.entries(inside.regions).map(([id, region]) => {
    const services = SERVICE_NAMES.map((name) => [name, wanLink(inside, EDGE, id, name).listen]);
    const control = wanLink(inside, EDGE, id, 'control').listen;
    return [id, { ...region, control, services: Object.fromEntries(services) }];
  });
  return { ...inside, regions: Object.fromEntries(regions), runner: localAddresses(topology).runner };
}

/** The region as the topology spells it; ends the command with the known names when there is none. */
export function knownRegion(topology: Topology, name: string): RegionId {
  const ids = regionIds(topology);
  if (ids.includes(name)) return name;
  throw usageFault(`There is no region "${name}"; the regions are ${ids.join(', ')}.`);
}

export function knownPair(topology: Topology, a: string, b: string): [RegionId, RegionId] {
  const pair: [RegionId, RegionId] = [knownRegion(topology, a), knownRegion(topology, b)];
  if (pair[0] === pair[1]) throw usageFault(`A link joins two regions; "${a}" is named twice.`);
  return pair;
}

/** How to start the instance that this session speaks of. */
export function startCommand(portOffset: number): string {
  return portOffset === 0 ? 'npm start' : `npm start -- --port-offset ${portOffset}`;
}

export function notRunning(portOffset: number): CommandFailure {
  const where = portOffset === 0 ? '' : ` at port offset ${portOffset}`;
  return new CommandFailure(`Meridian is not running${where}; start it with ${startCommand(portOffset)}.`);
}
