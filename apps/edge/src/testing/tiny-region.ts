import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How a region behaves; `hang` accepts and never answers, as behind a black-holed link. */
export type Behaviour =
  | 'serve'
  | 'hang'
  | { status: number }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** A region as the edge sees it: an HTTP server that says who it is, remembers what it was asked, and can fail. */
export class TinyRegion {
  readonly id: string;
  readonly seen: SeenRequest[] = [];
  behaviour: Behaviour = 'serve';
  /** Whether `/health/ready` says so. Apart from the behaviour: a region can be ready and still not answer. */
  ready = true;
  probesHang = false;
  /** How much longer than the wire a probe takes. */
  probeDelayMs = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(id: string) {
    this.id = id;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies: connections break, new ones are refused. `start` brings it back at the same address. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/health/ready') {
      if (this.probesHang) return;
      const answer = () => {
        response.writeHead(this.ready ? 200 : 503, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ detail: 'waiting for the database' }));
      };
      if (this.probeDelayMs === 0) answer();
      else setTimeout(answer, this.probeDelayMs);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      if (this.behaviour === 'hang') return;
      if (typeof this.behaviour === 'function') return this.behaviour(request, response);
      const status = this.behaviour === 'serve' ? 200 : this.behaviour.status;
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-meridian-region': this.id,
        'x-meridian-token': 'token',
      });
      response.end(JSON.stringify({ region: this.id, length: Buffer.concat(chunks).length }));
    });
  }
}
