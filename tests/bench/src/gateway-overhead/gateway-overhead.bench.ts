import path from 'node:path';
import { repositoryRoot } from '@meridian/test-harness';
import { Pool } from 'undici';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { startContestant, withCpuMs } from '../contestant.ts';
import { closedLoop, openLoop } from '../open-loop.ts';
import { inTurn } from '../rounds.ts';
import { Started } from '../servers.ts';
import { differences, quantile, ratios } from '../statistics.ts';
import { findProgram, INSTALLED_PROXIES, startProxy } from './installed-proxies.ts';

const CONNECTIONS = 64;
const PACED_PER_SECOND = 500;
const SECONDS = { quick: 0.5, full: 3 };

const PROGRAM = path.join(repositoryRoot, 'apps/edge/bench/contestants.mjs');
const REGISTER = `file://${path.join(repositoryRoot, 'libs/telemetry/dist/register.js')}`;

const EDGE = 'edge';
const TRACED = 'edge, every trace';
const BARE = '@fastify/http-proxy';
const DIRECT = 'direct';

interface Sample {
  perSecond: number;
  cpuUs: number;
  p50Ms: number;
  pacedP99Ms: number;
}

interface Server {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

export const gatewayOverhead: Benchmark = {
  name: 'gateway-overhead',
  measures: `GET of 200 bytes of JSON through a proxy to a server on the same machine: as many as ${CONNECTIONS} connections can, and ${PACED_PER_SECOND} a second in an open loop; CPU is the proxy's own.`,
  peers: [
    `\`${DIRECT}\`: the same server without a proxy`,
    `\`${BARE}\`: Fastify with that plugin and nothing else, on the same HTTP client`,
    `\`${TRACED}\`: the edge recording and exporting every trace`,
    '`nginx` and `haproxy` with one worker, where they are installed',
  ],
  limit: {
    figure: `${EDGE} ÷ ${DIRECT}, CPU per request`,
    atLeast: 1,
    why: 'it takes and answers a request as the server does, on the same runtime, and makes one as well; less means that not all requests went through it',
  },
  goals: [
    { figure: `${EDGE} ÷ ${BARE}, requests/s`, atLeast: 0.8 },
    { figure: `${EDGE} − ${DIRECT}, p99 at ${PACED_PER_SECOND}/s`, atMost: 2 },
  ],
  was: 'Measured by hand now and then, and not kept.',
  on: 'alone',

  async run({ scale, rounds, scratch, say }: BenchRun) {
    const started = new Started();
    const servers: Record<string, Server> = {};
    const absent: string[] = [];
    try {
      const start = async (...what: Parameters<typeof startNode>) => started.add(await startNode(...what));
      const upstream = await start('upstream');
      servers[DIRECT] = upstream;
      const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${upstream.port}` };
      servers[BARE] = await start('http-proxy', upstream.port);
      servers[EDGE] = await start('edge', upstream.port, { MERIDIAN_TRACE_RATIO: '0' });
      servers[TRACED] = await start('edge', upstream.port, { MERIDIAN_TRACE_RATIO: '1', ...otlp });
      for (const proxy of INSTALLED_PROXIES) {
        const program = findProgram(proxy.name);
        if (!program) absent.push(`${proxy.name} is not installed on this machine.`);
        else
          await startProxy(proxy, program, upstream.port, scratch).then(
            (server) => {
              servers[proxy.name] = started.add(server);
            },
            (failure: Error) => absent.push(failure.message),
          );
      }
      const forMs = SECONDS[scale] * 1_000;
      const names = Object.keys(servers);
      for (const name of names) await measure(servers[name] as Server, Math.min(forMs, 1_000));
      say(`${names.length} contestants are warm`);
      const samples = await inTurn(names, rounds, (name) => measure(servers[name] as Server, forMs));
      return { figures: figuresOf(samples), absent };
    } finally {
      await started.stopAll();
    }
  },
};

async function startNode(role: string, target?: number, env: Record<string, string> = {}): Promise<Server> {
  const traced = role === 'edge' ? ['--import', REGISTER] : [];
  const args = [role, ...(target === undefined ? [] : [String(target)])];
  const { pid, ready, stop } = await startContestant<{ port: number }>({ file: PROGRAM, args, execArgv: traced, env });
  return { pid, port: ready.port, stop };
}

async function measure({ pid, port }: Server, forMs: number): Promise<Sample> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const get = async () => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/orders/7b1e' });
    await body.dump();
    if (statusCode !== 200) throw new Error(`The contestant at port ${port} answered ${statusCode}.`);
  };
  try {
    const startedMs = performance.now();
    const { cpuMs, result: latenciesMs } = await withCpuMs(pid, () => closedLoop(CONNECTIONS, forMs, get));
    const tookMs = performance.now() - startedMs;
    const pacedMs = await openLoop({ perSecond: PACED_PER_SECOND, forMs, send: get });
    return {
      perSecond: (latenciesMs.length * 1_000) / tookMs,
      cpuUs: (cpuMs * 1_000) / latenciesMs.length,
      p50Ms: quantile(latenciesMs, 0.5),
      pacedP99Ms: quantile(pacedMs, 0.99),
    };
  } finally {
    await pool.close();
  }
}

function figuresOf(samples: Record<string, Sample[]>): Record<string, Figure> {
  const of = (name: string, field: keyof Sample) => (samples[name] ?? []).map((sample) => sample[field]);
  const each = (what: string, unit: string, field: keyof Sample) =>
    Object.keys(samples).map((name) => [`${name}, ${what}`, { unit, samples: of(name, field) }] as const);
  const paced = `p99 at ${PACED_PER_SECOND}/s`;
  const overBare = [EDGE, TRACED, 'nginx', 'haproxy'].filter((name) => name in samples);
  return Object.fromEntries([
    ...overBare.map((name) => [
      `${name} ÷ ${BARE}, requests/s`,
      { unit: '×', samples: ratios(of(name, 'perSecond'), of(BARE, 'perSecond')) },
    ]),
    [`${EDGE} ÷ ${DIRECT}, CPU per request`, { unit: '×', samples: ratios(of(EDGE, 'cpuUs'), of(DIRECT, 'cpuUs')) }],
    [
      `${EDGE} − ${DIRECT}, ${paced}`,
      { unit: 'ms', samples: differences(of(EDGE, 'pacedP99Ms'), of(DIRECT, 'pacedP99Ms')) },
    ],
    ...each('requests/s', '/s', 'perSecond'),
    ...each('CPU per request', 'µs', 'cpuUs'),
    ...each(paced, 'ms', 'pacedP99Ms'),
  ]);
}
