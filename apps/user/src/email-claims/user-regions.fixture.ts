import { globSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import path from 'node:path';
import { conflictsController, keepConflicts } from '@meridian/conflicts';
import { EpochStore, Epochs } from '@meridian/fencing';
import type { RegionId } from '@meridian/regions';
import { AggregateTurns, RegionClock, ReplicatedStore } from '@meridian/replication';
import { createService, type RunningService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { Module } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { ChangeProfileController } from '../change-profile/change-profile.controller.ts';
import { FindUserController } from '../find-user/find-user.controller.ts';
import { ClaimStore } from '../persistence/claim-store.ts';
import { Database } from '../persistence/database.ts';
import { DueClaimStore } from '../persistence/due-claim-store.ts';
import { UserStore } from '../persistence/user-store.ts';
import { ReapplyUserConflict } from '../reapply-conflict/reapply-user-conflict.ts';
import { RegisterUserController } from '../register-user/register-user.controller.ts';
import { RegisterUser } from '../register-user/register-user.ts';
import { UserConfig } from '../user.config.ts';
import { ClaimRegions } from './claim-regions.ts';
import { DecideClaims } from './decide-claims.ts';
import { DueClaims } from './due-claims.ts';
import { EarlierClaims } from './earlier-claims.ts';
import { EmailClaimsController } from './email-claims.controller.ts';
import { SecureEmail } from './secure-email.ts';

/** All of the user service that has to do with addresses, without its event streams: claims do not need them. */
@Module({})
class UsersWithoutStreams {}

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const KEY = 'a key of this test alone';
const topology = path.join(import.meta.dirname, '../../../../infra/topology.json');

/**
 * What lies before a region's service: it lets calls through, refuses connections, or lets requests through and loses
 * their answers. It keeps what passed it, so that a test can look for what must not be there.
 */
export type Link = 'open' | 'refuses' | 'loses answers';

export interface UserRegion {
  readonly region: RegionId;
  readonly database: TestDatabase;
  readonly service: RunningService;
  link: Link;
  /** All bytes of requests that came over the link. */
  passed: string;
  call(
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape and assert on what they read
  body: any;
}

export async function startUserRegions(postgresUrl: string): Promise<{ regions: UserRegion[]; stop(): Promise<void> }> {
  const gates = new Map(await Promise.all(REGIONS.map(async (region) => [region, await openGate()] as const)));
  const urlOf = (region: RegionId) => `http://127.0.0.1:${gates.get(region)?.port}`;
  const regions = await Promise.all(
    REGIONS.map((region) => startRegion(region, postgresUrl, urlOf, gates.get(region) as Gate)),
  );
  return {
    regions,
    async stop() {
      await Promise.all(regions.map(({ service }) => service.close()));
      await Promise.all([...gates.values()].map((gate) => gate.close()));
      await Promise.all(regions.map(({ database }) => database.drop()));
    },
  };
}

async function startRegion(
  region: RegionId,
  postgresUrl: string,
  urlOf: (region: RegionId) => string,
  gate: Gate,
): Promise<UserRegion> {
  const migrations = globSync('../../prisma/migrations/*/migration.sql', { cwd: import.meta.dirname }).sort();
  const ddl = migrations.map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8')).join('\n');
  const database = await createTestDatabase(postgresUrl, ddl);
  class Config extends UserConfig {
    override urlIn(other: RegionId): string {
      return urlOf(other);
    }
  }
  const config = new Config({
    ...{ HOST: '127.0.0.1', PORT: 1, LOG_LEVEL: 'silent', MERIDIAN_REGION: region, MERIDIAN_TOPOLOGY: topology },
    ...{ DATABASE_URL: database.url, KAFKA_BROKERS: ['127.0.0.1:1'], EMAIL_DIGEST_KEY: KEY },
    ...{ MERIDIAN_DEPLOYMENT: 'local', MERIDIAN_PORT_OFFSET: 0, MERIDIAN_SESSION_WAIT_MS: 1_000 },
    ...{ MERIDIAN_CONTROL: 'none', MERIDIAN_NEW_DISK: 'trust' },
  });
  const store = new EpochStore(database.pool, region);
  const service = await createService({
    name: 'user',
    config,
    logger: createLogger('user', { level: 'silent' }),
    drainNoticeMs: 0,
    module: {
      module: UsersWithoutStreams,
      controllers: [
        conflictsController('users'),
        RegisterUserController,
        FindUserController,
        ChangeProfileController,
        EmailClaimsController,
      ],
      providers: [
        { provide: UserConfig, useValue: config },
        { provide: RegionClock, useValue: new RegionClock({ region }) },
        { provide: ReplicatedStore, useExisting: UserStore },
        { provide: Epochs, useValue: await Epochs.open({ store, region, regions: REGIONS, hasControl: false }) },
        ...[Database, UserStore, ClaimStore, DueClaimStore, DecideClaims, EarlierClaims, ClaimRegions],
        ...[SecureEmail, DueClaims, AggregateTurns, CarryOut, RegisterUser],
        ...keepConflicts(ReapplyUserConflict),
      ],
    },
  });
  await service.app.listen(0, '127.0.0.1');
  gate.target = Number(new URL(service.url).port);
  return {
    ...{ region, database, service },
    get link() {
      return gate.link;
    },
    set link(link: Link) {
      gate.set(link);
    },
    get passed() {
      return gate.passed;
    },
    set passed(bytes: string) {
      gate.passed = bytes;
    },
    async call(method, url, body, headers = {}) {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const answer = await service.app.inject({ method, url, headers: { ...type, ...headers }, payload });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    },
  };
}

interface Gate {
  port: number;
  target: number;
  link: Link;
  passed: string;
  set(link: Link): void;
  close(): Promise<void>;
}

async function openGate(): Promise<Gate> {
  const sockets = new Set<Socket>();
  const gate: Gate = {
    ...{ port: 0, target: 0, link: 'open', passed: '' },
    set(link) {
      gate.link = link;
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        gate.set('refuses');
        server.close(() => resolve());
      }),
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server: Server = createServer((caller) => {
    if (gate.link === 'refuses') return caller.destroy();
    keep(caller);
    const service = new Socket().connect(gate.target, '127.0.0.1');
    keep(service);
    caller.on('data', (bytes) => {
      gate.passed += bytes.toString('latin1');
    });
    caller.pipe(service);
    if (gate.link === 'open') service.pipe(caller);
    else service.resume();
    caller.on('close', () => service.destroy());
    service.on('close', () => caller.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gate.port = (server.address() as AddressInfo).port;
  return gate;
}
