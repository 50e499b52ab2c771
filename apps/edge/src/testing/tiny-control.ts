import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { decideCommand, type RegionCommand, type RegionId, type RoutingTable } from '@meridian/regions';
import type { ControlAddress } from '../table/routing-table-watch.ts';

/** A control as the edge sees it: says the newest table, or holds its answer back until there is a newer one. */
export class TinyControl {
  readonly region: RegionId;
  table: RoutingTable;
  /** How often it was asked. */
  asked = 0;
  /** Answered in place of a table. */
  says: string | undefined;
  readonly #held = new Set<{ after: number; response: ServerResponse }>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(table: RoutingTable, region: RegionId = 'us-east') {
    this.region = region;
    this.table = table;
  }

  get address(): ControlAddress {
    return { region: this.region, url: `http://127.0.0.1:${this.#port}` };
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked++;
      const query = new URL(request.url ?? '/', 'http://control').searchParams;
      const after = Number(query.get('after') ?? -1);
      if (this.says !== undefined || this.table.epoch > after) return this.#answer(response);
      const held = { after, response };
      this.#held.add(held);
      setTimeout(
        () => {
          if (this.#held.delete(held)) response.writeHead(204).end();
        },
        Number(query.get('waitMs') ?? 0),
      ).unref();
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** A majority has decided. Throws when the life cycle refuses. */
  decide(command: RegionCommand): void {
    const decision = decideCommand(this.table, command, 0);
    if (!decision.ok) throw new Error(decision.detail);
    this.learn(decision.table);
  }

  learn(table: RoutingTable): void {
    this.table = table;
    for (const held of this.#held) if (table.epoch > held.after && this.#held.delete(held)) this.#answer(held.response);
  }

  #answer(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(this.says ?? JSON.stringify({ table: this.table, proposal: null }));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.#held.clear();
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
