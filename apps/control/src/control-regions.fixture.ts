import { globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, Socket } from 'node:net';
import path from 'node:path';
import type { ControlStatusResponse, InboxResponse, Problem } from '@meridian/contracts';
import type { RegionCommand, RegionId, RoutingTable, ServiceName } from '@meridian/regions';
import { createService, type RunningService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { ControlConfig } from './control.config.ts';
import { ControlModule } from './control.module.ts';

export const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;
const topology = path.join(import.meta.dirname, '../../../infra/topology.json');
const migrations = globSync('../prisma/migrations/*/migration.sql', { cwd: import.meta.dirname }).sort();
const ddl = migrations.map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8')).join('\n');

/** What a service was told, newest last. */
export interface Told {
  table: RoutingTable;
  leaseMs?: number;
  sentAtMs?: number;
  atMs: number;
}

export interface ControlRegion {
  readonly region: RegionId;
  readonly database: TestDatabase;
  service: RunningService;
  /** What its services were told, and whether they know of epochs. */
  readonly told: Record<ServiceName, Told[]>;
  knowsEpochs: boolean;
  /** What each of its services says that it has applied, by source. */
  applied: Record<string, number>;
  /** Whether others reach it, and it them. */
  isCut: boolean;
  command(command: RegionCommand, expectedEpoch?: number): Promise<{ status: number; table: RoutingTable } & Problem>;
  status(): Promise<ControlStatusResponse>;
  get(url: string): Promise<{ status: number; body: unknown }>;
  post(url: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface ControlRegions {
  regions: ControlRegion[];
  stop(): Promise<void>;
}

/** Three controls in this process, each with a database of its own and stand-ins for its services; links can be cut. */
export async function startControlRegions(postgresUrl: string): Promise<ControlRegions> {
  const regions: ControlRegion[] = [];
  const links = new Map<string, Link>();
  const cut = (a: RegionId, b: RegionId) => regions.some((r) => r.isCut && (r.region === a || r.region === b));
  for (const from of REGIONS)
    for (const to of REGIONS) if (from !== to) links.set(`${from} ${to}`, await openLink(() => cut(from, to)));
  for (const region of REGIONS) regions.push(await makeRegion(region, postgresUrl, links));
  await Promise.all(regions.map((region) => region.start()));
  return {
    regions,
    async stop() {
      await Promise.all(regions.map((region) => region.kill()));
      for (const link of links.values()) link.close();
      await Promise.all(regions.map(({ database }) => database.drop()));
    },
  };
}

async function makeRegion(
  region: RegionId,
  postgresUrl: string,
  links: ReadonlyMap<string, Link>,
): Promise<ControlRegion> {
  const database = await createTestDatabase(postgresUrl, ddl);
  const told: ControlRegion['told'] = { user: [], catalog: [], order: [] };
  const standIn = await startStandIn(told, () => one);
  class Config extends ControlConfig {
    override controlUrlIn(other: RegionId): string {
      return `http://127.0.0.1:${links.get(`${region} ${other}`)?.port}`;
    }
    override serviceUrl(service: ServiceName): string {
      return `http://127.0.0.1:${(standIn.address() as AddressInfo).port}/${service}`;
    }
  }
  let running = false;
  let isCut = false;
  const one: ControlRegion = {
    ...{ region, database, told, knowsEpochs: true, applied: {}, service: undefined as unknown as RunningService },
    get isCut() {
      return isCut;
    },
    set isCut(value) {
      isCut = value;
      for (const link of links.values()) link.breakConnections();
    },
    async command(command, expectedEpoch) {
      const { status, body } = await one.post('/commands', { command, expectedEpoch });
      return { ...(body as Problem & { table: RoutingTable }), status };
    },
    async status() {
      return (await one.get('/status')).body as ControlStatusResponse;
    },
    async get(url) {
      const { statusCode, body, payload } = await one.service.app.inject({ method: 'GET', url });
      return { status: statusCode, body: payload === '' ? undefined : JSON.parse(body) };
    },
    async post(url, payload, headers = {}) {
      const answer = await one.service.app.inject({ method: 'POST', url, headers, payload: payload as object });
      return { status: answer.statusCode, body: answer.json() };
    },
    async kill() {
      if (!running) return;
      running = false;
      await one.service.close();
    },
    async start() {
      const config = new Config({
        ...{ HOST: '127.0.0.1', PORT: 1, LOG_LEVEL: 'silent', MERIDIAN_REGION: region, MERIDIAN_TOPOLOGY: topology },
        ...{ DATABASE_URL: database.url, MERIDIAN_DEPLOYMENT: 'local', MERIDIAN_PORT_OFFSET: 0 },
      });
      const logger = createLogger('control', { level: 'silent' });
      const module = ControlModule.told(config);
      one.service = await createService({ name: 'control', config, logger, drainNoticeMs: 0, module });
      await one.service.app.listen(0, '127.0.0.1');
      for (const other of REGIONS) {
        const link = links.get(`${other} ${region}`);
        if (link) link.target = Number(new URL(one.service.url).port);
      }
      running = true;
    },
  };
  return one;
}

/** Stands for the three services of a region: `PUT /<service>/epoch` and `GET /<service>/inbox`. */
async function startStandIn(told: ControlRegion['told'], of: () => ControlRegion): Promise<Server> {
  const server = createServer(async (request, response) => {
    const service = request.url?.split('/')[1] as ServiceName;
    const chunks = await request.toArray();
    if (request.method === 'GET') {
      response.end(JSON.stringify(inboxOf(of(), service)));
      return;
    }
    if (!of().knowsEpochs) {
      response.writeHead(404).end('{}');
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Told, 'atMs'>;
    told[service].push({ ...body, atMs: Date.now() });
    response.end(JSON.stringify({ epoch: body.table.epoch }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return server;
}

function inboxOf({ region, applied }: ControlRegion, service: ServiceName): InboxResponse {
  const more = { missing: 0, gaps: [], openDeadLetters: 0 };
  const bySource = Object.entries(applied).map(([source, n]) => [source, { appliedUpTo: n, appliedLast: n, ...more }]);
  return { region, service, openDeadLetters: 0, bySource: Object.fromEntries(bySource) };
}

interface Link {
  port: number;
  target: number;
  breakConnections(): void;
  close(): void;
}

/** A cut link is a black hole: it takes what is sent and never answers. */
async function openLink(isCut: () => boolean): Promise<Link> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const link: Link = {
    ...{ port: 0, target: 0 },
    breakConnections() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      link.breakConnections();
      server.close();
    },
  };
  const server = createTcpServer((caller) => {
    keep(caller);
    if (isCut()) {
      caller.resume();
      return;
    }
    const control = new Socket().connect(link.target, '127.0.0.1');
    keep(control);
    caller.pipe(control).pipe(caller);
    caller.on('close', () => control.destroy());
    control.on('close', () => caller.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  link.port = (server.address() as AddressInfo).port;
  return link;
}
