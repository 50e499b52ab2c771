import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiService, type ConflictResponse, OPERATIONS, type OutboxEventsResponse } from '@meridian/contracts';
import { SERVICE_NAMES, type Topology } from '@meridian/regions';
import { z } from 'zod';
import type { Session } from '../session.ts';
import { createTerminal } from '../terminal/terminal.ts';
import { createHttp } from './http.ts';

/**
 * The services of every region as far as comparing and repairing goes: states are numbers, of which the greater one is
 * the join, and what is told again reaches every region at once. They take what the contract takes and nothing else.
 */
export interface StandIns {
  session: Session;
  /** State by id, of a service of a region. */
  states(region: string, service: string): Map<string, number>;
  /** What was applied of a source, to be set beforehand. */
  inbox(region: string, service: string): Map<string, { appliedUpTo: number; appliedLast: number }>;
  published: Map<string, number>;
  /** The writes of a source, as far as it is to tell of them. */
  events: Map<string, OutboxEventsResponse['events']>;
  /** In the ledger of every region. */
  conflicts: ConflictResponse[];
  /** `POST <region>/<service><path>` of each request that changes something. */
  told: string[];
  close(): Promise<void>;
}

const ROOTS = { user: 'users', catalog: 'products', order: 'orders' } as const;
const HLC = '000000000000001-0000-us-east';

export async function startStandIns(topology: Topology): Promise<StandIns> {
  const states = new Map<string, Map<string, number>>();
  const inboxes = new Map<string, Map<string, { appliedUpTo: number; appliedLast: number }>>();
  const published = new Map<string, number>();
  const events: StandIns['events'] = new Map();
  const conflicts: ConflictResponse[] = [];
  const told: string[] = [];
  const servers: Server[] = [];
  const regions = topology.regions.map(({ id }) => id);
  const here = <T>(all: Map<string, T>, place: string, make: () => T) => {
    const found = all.get(place) ?? make();
    all.set(place, found);
    return found;
  };
  const statesOf = (region: string, service: string) => here(states, `${region}/${service}`, () => new Map());
  const inboxOf = (region: string, service: string) => here(inboxes, `${region}/${service}`, () => new Map());

  function eventsBehind(source: string, { after, limit }: { after: number; limit: number }) {
    const page = (events.get(source) ?? []).filter(({ sequence }) => sequence > after).slice(0, limit);
    return { events: page, next: page.length < limit ? null : (page.at(-1)?.sequence ?? null) };
  }

  function answer(region: string, service: ApiService, path: string, query: never, body: never): object {
    const held = [...statesOf(region, service)].toSorted();
    const source = `/${region}/${service}`;
    const self = { region, service };
    switch (path) {
      case '/digest': {
        const { buckets } = query as { buckets: number };
        const some = Array.from({ length: buckets }, (_, i) => held.filter(([id]) => bucketOf(id, buckets) === i));
        const digests = some.map((one) => ({ aggregates: one.length, digest: JSON.stringify(one) }));
        return { ...self, aggregates: held.length, digest: JSON.stringify(held), buckets: digests };
      }
      case '/digest/aggregates': {
        const { buckets, in: wanted } = query as { buckets: number; in: number[] };
        const some = held.filter(([id]) => wanted.includes(bucketOf(id, buckets)));
        return { ...self, aggregates: some.map(([id, state]) => ({ id, digest: String(state), hlc: HLC })) };
      }
      case '/resend': {
        const known = (body as { ids: string[] }).ids.filter((id) => statesOf(region, service).has(id));
        for (const id of known) {
          const sequence = (published.get(source) ?? 0) + 1;
          published.set(source, sequence);
          for (const other of regions) {
            const theirs = statesOf(other, service);
            theirs.set(id, Math.max(theirs.get(id) ?? 0, statesOf(region, service).get(id) ?? 0));
            for (const reader of SERVICE_NAMES) {
              const applied = inboxOf(other, reader).get(source);
              if (!applied) continue;
              if (applied.appliedUpTo === applied.appliedLast) applied.appliedUpTo = sequence;
              applied.appliedLast = sequence;
            }
          }
        }
        return { ...self, resent: known.length };
      }
      case '/inbox': {
        const bySource = [...inboxOf(region, service)].map(([of, { appliedUpTo, appliedLast }]) => {
          const missing = appliedLast > appliedUpTo ? 1 : 0;
          const gap = { firstSequence: appliedUpTo + 1, lastSequence: appliedUpTo + 1, deadLetters: 0 };
          const gaps = missing > 0 ? [{ ...gap, openSince: '2026-11-25T12:00:00.000Z' }] : [];
          return [of, { appliedUpTo, appliedLast, missing, gaps, openDeadLetters: 0 }];
        });
        return { ...self, bySource: Object.fromEntries(bySource), openDeadLetters: 0 };
      }
      case '/inbox/close': {
        const applied = inboxOf(region, service).get((body as { source: string }).source);
        if (applied) applied.appliedUpTo = applied.appliedLast;
        return { ...self, closed: 1 };
      }
      case '/outbox/events':
        return { ...self, ...eventsBehind(source, query) };
      case `/${ROOTS[service]}/conflicts`:
        return { items: conflicts.filter((one) => ROOTS[service] === `${one.aggregate}s`), next: null };
      case '/outbox/advance':
        published.set(source, (body as { sequence: number }).sequence);
        return { ...self, pending: 0, publishedSequence: published.get(source) };
      default:
        return { ...self, pending: 0, publishedSequence: published.get(source) ?? 0 };
    }
  }

  async function listen(region: string, service: ApiService) {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const url = new URL(request.url ?? '', 'http://stand-in');
      const method = request.method?.toLowerCase();
      const operation = OPERATIONS[service].find((one) => one.method === method && one.path === url.pathname);
      const query = z.strictObject(operation?.query ?? {}).safeParse(Object.fromEntries(url.searchParams));
      if (method === 'post') told.push(`${region}/${service}${url.pathname}`);
      const isTaken = operation !== undefined && query.success && (operation.body === undefined) === (text === '');
      response.writeHead(isTaken ? 200 : 400, { 'content-type': 'application/json' });
      const body = text === '' ? undefined : JSON.parse(text);
      const said = isTaken ? answer(region, service, url.pathname, query.data as never, body as never) : {};
      response.end(JSON.stringify(said));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  const at = await Promise.all(
    regions.map(async (region) => {
      const pairs = SERVICE_NAMES.map(async (service) => [service, await listen(region, service)]);
      return [region, { services: Object.fromEntries(await Promise.all(pairs)) }];
    }),
  );
  const terminal = createTerminal(process.stdout, process.stderr, { color: false, columns: 100, interactive: false });
  const http = createHttp();
  const session = { topology, addresses: { regions: Object.fromEntries(at) }, http, terminal, json: false };
  return {
    ...{ session: session as unknown as Session, states: statesOf, inbox: inboxOf, published, events, conflicts, told },
    async close() {
      await http.close();
      for (const server of servers) server.close();
    },
  };
}

function bucketOf(id: string, buckets: number): number {
  return [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % buckets;
}
