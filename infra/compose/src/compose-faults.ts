import { brokerSettings } from '@meridian/kafka-cluster';
import {
  type Addresses,
  composeAddresses,
  EDGE,
  hostPort,
  localAddresses,
  type RegionId,
  regionIds,
  SERVICE_NAMES,
  type Topology,
  urlOf,
} from '@meridian/regions';

/** What is read of a service in docker-compose.yml, its anchors merged in. */
interface ComposeService {
  environment?: Record<string, string | number | boolean>;
  networks?: string[] | Record<string, { aliases?: string[] } | null>;
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
}

export interface ComposeFile {
  services?: Record<string, ComposeService>;
  networks?: Record<string, unknown>;
}

type Told = (where: string, what: string, is: unknown, shouldBe: unknown) => void;

/**
 * Where docker-compose.yml says something else than follows from the topology: which containers there are, in which
 * networks, under which names and ports, and what they are told of each other. One sentence per difference.
 *
 * A person writes that file so that a person can read it from top to bottom; this is what keeps it right.
 */
export function composeFaults({ services = {}, networks = {} }: ComposeFile, topology: Topology): string[] {
  const faults: string[] = [];
  const compare: Told = (where, what, is, shouldBe) => {
    const [a, b] = [stable(is), stable(shouldBe)];
    if (a !== b) faults.push(`${where}: ${what} is ${a} and should be ${b}.`);
  };
  const ids = regionIds(topology);
  const inside = composeAddresses(topology);
  const outside = localAddresses(topology);

  compare('services', 'the list', Object.keys(services).sort(), expectedServices(ids));
  compare('networks', 'the list', Object.keys(networks).sort(), [...ids, EDGE].sort());
  for (const [name, service] of Object.entries(services)) confinement(name, service, compare);
  for (const name of ['wan', 'edge', 'jaeger', 'meridian']) {
    const service = services[name] ?? {};
    compare(name, 'its networks', networksOf(service), OF_THE_EDGE.includes(name) ? [EDGE] : [...ids, EDGE].sort());
    compare(name, 'what it publishes', published(service), publishedOf(name, inside, outside));
  }
  for (const id of [...ids, EDGE]) compare('wan', `its name in ${id}`, aliasesOf(services.wan, id), [`wan.${id}`]);
  for (const app of ['wan', 'edge', 'meridian'])
    environment(app, services[app], { PORT: 8080, MERIDIAN_DEPLOYMENT: 'compose' }, compare);

  for (const id of ids) {
    for (const part of PARTS) {
      const service = services[`${id}-${part}`] ?? {};
      compare(`${id}-${part}`, 'its networks', networksOf(service), [id]);
      compare(`${id}-${part}`, 'what it publishes', published(service), publishedOf(`${id}-${part}`, inside, outside));
    }
    environment(`${id}-kafka`, services[`${id}-kafka`], kafkaEnvironment(inside, id), compare);
    for (const app of ['prepare', 'replicator', ...SERVICE_NAMES, 'control'])
      environment(`${id}-${app}`, services[`${id}-${app}`], appEnvironment(inside, id, app), compare);
  }
  return faults;
}

/** In the edge's network and no other: the edge, and the command line, which is a client. */
const OF_THE_EDGE = ['edge', 'meridian'];
const PARTS = ['postgres', 'kafka', 'prepare', ...SERVICE_NAMES, 'replicator', 'control'];

function expectedServices(ids: readonly RegionId[]): string[] {
  return ['wan', 'edge', 'jaeger', 'meridian', ...ids.flatMap((id) => PARTS.map((part) => `${id}-${part}`))].sort();
}

function confinement(name: string, service: ComposeService, compare: Told): void {
  compare(name, 'read_only', service.read_only, true);
  compare(name, 'cap_drop', service.cap_drop, ['ALL']);
  compare(name, 'security_opt', service.security_opt, ['no-new-privileges:true']);
  compare(name, 'having a mem_limit', service.mem_limit !== undefined, true);
}

/** On the ports where a client of the local runner would look, and on the loopback address alone. */
function publishedOf(name: string, inside: Addresses, outside: Addresses): string[] {
  const pairs: [string, { host: string; port: number }, { port: number }][] = [
    ['wan', outside.wanControl, inside.wanControl],
    ['edge', outside.edge, inside.edge],
    ['jaeger', outside.traceQuery, inside.traceQuery],
    ['jaeger', outside.otlp, inside.otlp],
  ];
  for (const [id, out] of Object.entries(outside.regions)) {
    const within = inside.regions[id];
    if (!within) continue;
    pairs.push(
      [`${id}-postgres`, out.postgres, within.postgres],
      [`${id}-replicator`, out.replicator, within.replicator],
      [`${id}-control`, out.control, within.control],
    );
    for (const service of SERVICE_NAMES)
      pairs.push([`${id}-${service}`, out.services[service], within.services[service]]);
  }
  return pairs.filter(([of]) => of === name).map(([, out, within]) => `${hostPort(out)}:${within.port}`);
}

function appEnvironment(inside: Addresses, id: RegionId, app: string): Record<string, string | number> {
  const region = inside.regions[id];
  if (!region) return {};
  const common = {
    PORT: 8080,
    MERIDIAN_DEPLOYMENT: 'compose',
    MERIDIAN_REGION: id,
    ...(app === 'control' ? {} : { KAFKA_BROKERS: hostPort(region.kafka.local) }),
  };
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(inside.otlp) };
  const server = `postgresql://meridian:<password>@${hostPort(region.postgres)}`;
  if (app === 'prepare') return { ...common, POSTGRES_URL: server };
  if (app === 'replicator') return { ...common, ...otlp, OTEL_SERVICE_NAME: app };
  return {
    ...common,
    ...otlp,
    OTEL_SERVICE_NAME: app,
    DATABASE_URL: `${server}/${app}`,
    ...(app === 'control' ? {} : { MERIDIAN_CONTROL: 'required', MERIDIAN_NEW_DISK: 'hear-others' }),
    ...(app === 'order' ? { CATALOG_URL: urlOf(region.services.catalog) } : {}),
  };
}

/** The broker's settings as the image wants them: `log.dirs` is the container's own affair. */
function kafkaEnvironment(inside: Addresses, id: RegionId): Record<string, string> {
  const kafka = inside.regions[id]?.kafka;
  if (!kafka) return {};
  const { 'log.dirs': _ours, ...settings } = brokerSettings('', kafka);
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`, value]),
  );
}

function environment(
  name: string,
  service: ComposeService = {},
  wanted: Record<string, string | number>,
  compare: Told,
) {
  for (const [key, value] of Object.entries(wanted))
    compare(name, key, comparable(key, service.environment?.[key]), comparable(key, value));
}

/** As written, but for what may be written in more than one way. */
function comparable(key: string, value: unknown): string {
  const text = String(value).replace(/\$\{MERIDIAN_DB_PASSWORD:-[^}]*\}/, '<password>');
  // A container listens on its own addresses alone, so its listeners name no host; nor does order matter.
  if (key === 'KAFKA_LISTENERS')
    return text
      .replaceAll(/:\/\/[^:]*:/g, '://:')
      .split(',')
      .sort()
      .join();
  if (key === 'KAFKA_CONTROLLER_QUORUM_VOTERS') return text.replace(/@[^:]*:/, '@:');
  return text.includes('://') || text.includes(':PLAINTEXT') ? text.split(',').sort().join() : text;
}

function networksOf({ networks = [] }: ComposeService): string[] {
  return (Array.isArray(networks) ? [...networks] : Object.keys(networks)).sort();
}

function aliasesOf(service: ComposeService | undefined, network: string): string[] {
  const networks = service?.networks ?? [];
  return Array.isArray(networks) ? [] : (networks[network]?.aliases ?? []);
}

const published = ({ ports = [] }: ComposeService) => [...ports].sort();
const stable = (value: unknown) => (Array.isArray(value) ? value.join(', ') || 'nothing' : String(value));
