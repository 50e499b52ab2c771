import type { EdgeStatusResponse } from '@meridian/contracts';
import { parseTopology } from '@meridian/regions';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { Agent, request } from 'undici';
import { createEdge, type Edge, type EdgeSettings } from '../edge.ts';
import type { ControlAddress } from '../table/routing-table-watch.ts';
import { TinyRegion } from './tiny-region.ts';

const region = (id: string, lat: number, lon: number, timeZone: string) => ({
  id,
  name: id,
  location: { lat, lon },
  timeZone,
  jurisdiction: 'XX',
});
const link = (a: string, b: string) => ({ between: [a, b], rttMs: {}, egressUsdPerGb: [0, 0] });

export const topology = parseTopology({
  regions: [
    region('us-east', 38.95, -77.45, 'America/New_York'),
    region('eu-west', 53.35, -6.26, 'Europe/Dublin'),
    region('ap-southeast', 1.35, 103.82, 'Asia/Singapore'),
  ],
  links: [link('us-east', 'eu-west'), link('us-east', 'ap-southeast'), link('eu-west', 'ap-southeast')],
  profiles: { none: { description: '', jitterMs: 0, bandwidthMbps: 0 } },
  defaultProfile: 'none',
});

/** The shipped proportions, ten times faster; but a probe has its whole time, as regions and edge share one process here. */
const FAST: EdgeSettings = {
  probe: { intervalMs: 50, timeoutMs: 400 },
  health: { probeFailures: 2, probeSuccesses: 2, requestFailures: 3 },
  proxy: { firstTryTimeoutMs: 200, upstreamTimeoutMs: 600, stickySessions: false, newerTableMs: 300 },
  upstream: { connections: 16, connectTimeoutMs: 200, silenceMs: 1_000 },
  retry: { ratio: 0.2, floorPerSecond: 10 },
  handOver: { withinMs: 400, maxWaiting: 50 },
  table: { waitMs: 1_000, retryMs: 25 },
  // Off, so that a test sees the one mechanism that it is about.
  slowStart: { rampMs: 0 },
  outlier: { failureRatio: 0.5, minRequests: 100_000, baseMs: 300, longestMs: 3_000, largestPart: 0.5 },
  load: { maxInFlight: 1_000, readsPart: 0.8, maxInFlightPerUpstream: 800, slowMs: 60_000 },
  server: { requestTimeoutMs: 400, maxConnections: 1_000 },
  drainMs: 500,
};

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  json: any;
}

export interface RunningEdge {
  edge: Edge;
  port: number;
  us: TinyRegion;
  eu: TinyRegion;
  ap: TinyRegion;
  ask(path: string, options?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Answer>;
  status(): Promise<EdgeStatusResponse>;
  /** Waits until the edge says this of a region. */
  seesHealthy(region: TinyRegion, healthy: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** An edge on a free port before three tiny regions, each of which stands for all services of its region. */
export async function startEdge(
  settings: Partial<EdgeSettings> = {},
  controls: readonly ControlAddress[] = [],
): Promise<RunningEdge> {
  const [us, eu, ap] = ['us-east', 'eu-west', 'ap-southeast'].map((id) => new TinyRegion(id)) as [
    TinyRegion,
    TinyRegion,
    TinyRegion,
  ];
  const regions = [us, eu, ap];
  for (const tiny of regions) await tiny.start();
  const edge = createEdge({
    topology,
    originOf: (id) => regions.find((tiny) => tiny.id === id)?.origin ?? '',
    controls,
    settings: { ...FAST, ...settings },
    logger: createLogger('edge', { level: 'silent' }),
  });
  await edge.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = edge.app.server.address() as { port: number };
  const dispatcher = new Agent({ connections: 512 });

  const ask: RunningEdge['ask'] = async (path, options = {}) => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}${path}`, {
      dispatcher,
      method: (options.method ?? 'GET') as 'GET',
      headers: options.headers,
      body: options.body,
    });
    const text = await body.text();
    const isJson = String(headers['content-type']).includes('json') && text !== '';
    return { status: statusCode, headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const status = async () => (await ask('/status')).json as EdgeStatusResponse;
  await eventually(async () => expectStatus(await ask('/health/ready'), 200), { withinMs: 2_000, everyMs: 5 });

  return {
    edge,
    port,
    us,
    eu,
    ap,
    ask,
    status,
    seesHealthy: (tiny, healthy) =>
      eventually(
        async () => {
          const seen = (await status()).regions.find((r) => r.region === tiny.id);
          const all = seen?.services.every((s) => s.healthy === healthy);
          if (!all) throw new Error(`${tiny.id} is not yet ${healthy ? 'healthy' : 'unhealthy'}: ${seen?.why}`);
        },
        { withinMs: 3_000, everyMs: 10 },
      ),
    stop: async () => {
      await dispatcher.destroy();
      await edge.stop();
      for (const tiny of regions) await tiny.stop();
    },
  };
}

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`answered ${answer.status}, not ${status}`);
}
