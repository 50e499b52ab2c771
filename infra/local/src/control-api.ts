import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PROBLEM_MEDIA_TYPE, type ProblemName, problem } from '@meridian/contracts';
import type { Address } from '@meridian/regions';
import type { Fleet } from './fleet.ts';

const BODY_LIMIT_BYTES = 10_000;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGCONT'];

class Refusal extends Error {
  readonly problem: ProblemName;
  constructor(name: ProblemName, detail: string) {
    super(detail);
    this.problem = name;
  }
}

interface Controlled {
  fleet: Fleet;
  profile: string;
  shutdown(): void;
  /** Ends a region, removes its data and starts it empty. */
  destroy(region: string): Promise<void>;
}

/**
 * The runner's own interface, on the loopback address: what runs, and the faults that only the parent of a process can
 * make (kill, stop, restart, signal). `meridian status | fault | down` and the drills use it.
 */
export async function startControlApi(
  address: Address,
  { fleet, profile, shutdown, destroy }: Controlled,
): Promise<Server> {
  const routes: Record<string, (body: Record<string, unknown>) => Promise<unknown> | unknown> = {
    'GET /status': () => ({ profile, processes: fleet.status() }),
    'POST /kill': async (body) => ({ killed: await fleet.kill(targetOf(body, fleet)) }),
    'POST /stop': async (body) => ({ stopped: await fleet.stop(targetOf(body, fleet)) }),
    'POST /restart': async (body) => ({ restarted: await fleet.restart(targetOf(body, fleet)) }),
    'POST /signal': (body) => {
      const { signal } = body;
      if (!SIGNALS.includes(signal as NodeJS.Signals))
        throw new Refusal('invalid-request', `"signal" must be one of ${SIGNALS.join(', ')}.`);
      return { signalled: fleet.signal(targetOf(body, fleet), signal as NodeJS.Signals) };
    },
    'POST /destroy': async (body) => {
      const region = targetOf(body, fleet);
      if (!fleet.regions().includes(region)) throw new Refusal('invalid-request', '"target" must name a region.');
      await destroy(region);
      return { destroyed: region };
    },
    'POST /shutdown': () => {
      setImmediate(shutdown);
      return { stopping: true };
    },
  };
  const server = createServer((request, response) => void serve(routes, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return server;
}

function targetOf(body: Record<string, unknown>, fleet: Fleet): string {
  const { target } = body;
  if (typeof target !== 'string') throw new Refusal('invalid-request', '"target" must name a process or a region.');
  try {
    fleet.find(target);
  } catch (failure) {
    throw new Refusal('not-found', (failure as Error).message);
  }
  return target;
}

async function serve(
  routes: Record<string, (body: Record<string, unknown>) => unknown>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const instance = (request.url ?? '/').split('?', 1)[0] as string;
  try {
    // Any web page can send requests to this machine's loopback address; a browser says so.
    if (request.headers.origin !== undefined) throw new Refusal('invalid-request', 'Web pages are not served here.');
    const route = routes[`${request.method} ${instance}`];
    if (!route) {
      const isKnown = Object.keys(routes).some((known) => known.endsWith(` ${instance}`));
      const name = isKnown ? 'method-not-allowed' : 'not-found';
      throw new Refusal(name, `The runner knows ${Object.keys(routes).join(', ')}.`);
    }
    answer(response, 200, 'application/json', await route(await bodyOf(request)));
  } catch (failure) {
    const refusal = failure instanceof Refusal ? failure : undefined;
    const said = problem(refusal?.problem ?? 'internal-error', { detail: (failure as Error).message, instance });
    answer(response, said.status, PROBLEM_MEDIA_TYPE, said);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > BODY_LIMIT_BYTES) throw new Refusal('payload-too-large', 'The body is too large.');
  }
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    throw new Refusal('malformed-request', 'The body is not JSON.');
  }
  throw new Refusal('invalid-request', 'The body must be a JSON object.');
}

function answer(response: ServerResponse, status: number, contentType: string, body: unknown): void {
  response.writeHead(status, { 'content-type': contentType, connection: 'close' });
  response.end(JSON.stringify(body));
}
