import type { Deployment } from '@meridian/regions';
import { commonConfig, parseConfig } from '@meridian/service-kit/process';
import { z } from 'zod';
import { locateClient } from './client-location/locate-client.ts';
import type { EdgeSettings } from './edge.ts';

const ms = (byDefault: number) => z.coerce.number().int().min(1).max(600_000).default(byDefault);
const count = (byDefault: number) => z.coerce.number().int().min(1).max(100_000).default(byDefault);

const schema = z.object({
  ...commonConfig,
  /** Where a client is taken to be that does not say: as `x-client-location`. Default: the first region of the topology. */
  EDGE_DEFAULT_LOCATION: z
    .string()
    .optional()
    .refine((text) => text === undefined || locateClient(text).ok, 'not a city, a country code or "lat,lon"'),
  /** By latency only where an edge stands near its clients: the way from the edge is what it measures. */
  EDGE_GEO: z.enum(['distance', 'latency']).default('distance'),
  EDGE_PROBE_INTERVAL_MS: ms(500),
  EDGE_PROBE_TIMEOUT_MS: ms(400),
  EDGE_PROBE_FAILURES: count(2),
  EDGE_PROBE_SUCCESSES: count(2),
  EDGE_REQUEST_FAILURES: count(3),
  EDGE_FIRST_TRY_TIMEOUT_MS: ms(2_000),
  EDGE_UPSTREAM_TIMEOUT_MS: ms(10_000),
  EDGE_CONNECT_TIMEOUT_MS: ms(1_000),
  EDGE_UPSTREAM_CONNECTIONS: count(256),
  EDGE_RETRY_RATIO: z.coerce.number().min(0).max(1).default(0.2),
  EDGE_RETRY_FLOOR_PER_SECOND: z.coerce.number().int().min(0).max(10_000).default(10),
  /** A control holds an answer back no longer than 20 s. */
  EDGE_TABLE_WAIT_MS: z.coerce.number().int().min(1).max(20_000).default(20_000),
  EDGE_TABLE_RETRY_MS: ms(250),
  /** How long a request may wait for a table that a region knows already. */
  EDGE_NEWER_TABLE_MS: ms(1_000),
  /** How long what a region may not take waits for the one that takes over; less than a client waits for its answer. */
  EDGE_HAND_OVER_MS: ms(4_000),
  EDGE_HAND_OVER_WAITING: count(500),
  /** How long the share of a region that has come back grows; 0: it has all of it at once. */
  EDGE_SLOW_START_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  EDGE_OUTLIER_RATIO: z.coerce.number().gt(0).max(1).default(0.5),
  EDGE_OUTLIER_MIN_REQUESTS: count(20),
  EDGE_OUTLIER_BASE_MS: ms(5_000),
  EDGE_OUTLIER_LONGEST_MS: ms(60_000),
  EDGE_OUTLIER_LARGEST_PART: z.coerce.number().min(0).max(1).default(0.5),
  EDGE_MAX_IN_FLIGHT: count(2_000),
  EDGE_READS_PART: z.coerce.number().gt(0).max(1).default(0.8),
  EDGE_MAX_IN_FLIGHT_PER_UPSTREAM: count(512),
  /** Half of what the first region may take before a request is repeated in the next one. */
  EDGE_SLOW_ANSWER_MS: ms(1_000),
  /** Off by default: services give a session its guarantees anywhere, and near is faster. */
  EDGE_STICKY_SESSIONS: z.enum(['on', 'off']).default('off'),
  /** Off without a value: each read that is slow would be done twice. */
  EDGE_HEDGE_READS_AFTER_MS: z.coerce.number().int().min(1).max(600_000).optional(),
  EDGE_REQUEST_TIMEOUT_MS: ms(10_000),
  EDGE_MAX_CONNECTIONS: count(10_000),
  EDGE_DRAIN_MS: ms(4_000),
});

export interface EdgeConfig {
  host: string;
  port: number;
  topologyPath: string;
  deployment: Deployment;
  portOffset: number;
  logLevel: string;
  settings: EdgeSettings;
}

/** The only reader of the environment. Throws one plain sentence that names every fault. */
export function readEdgeConfig(env: NodeJS.ProcessEnv = process.env): EdgeConfig {
  const read = parseConfig(schema, env);
  const location = read.EDGE_DEFAULT_LOCATION === undefined ? undefined : locateClient(read.EDGE_DEFAULT_LOCATION);
  return {
    host: read.HOST,
    port: read.PORT,
    topologyPath: read.MERIDIAN_TOPOLOGY,
    deployment: read.MERIDIAN_DEPLOYMENT,
    portOffset: read.MERIDIAN_PORT_OFFSET,
    logLevel: read.LOG_LEVEL,
    settings: {
      defaultLocation: location?.ok ? location.place : undefined,
      geo: read.EDGE_GEO,
      probe: { intervalMs: read.EDGE_PROBE_INTERVAL_MS, timeoutMs: read.EDGE_PROBE_TIMEOUT_MS },
      health: {
        probeFailures: read.EDGE_PROBE_FAILURES,
        probeSuccesses: read.EDGE_PROBE_SUCCESSES,
        requestFailures: read.EDGE_REQUEST_FAILURES,
      },
      proxy: {
        firstTryTimeoutMs: read.EDGE_FIRST_TRY_TIMEOUT_MS,
        upstreamTimeoutMs: read.EDGE_UPSTREAM_TIMEOUT_MS,
        hedgeReadsAfterMs: read.EDGE_HEDGE_READS_AFTER_MS,
        stickySessions: read.EDGE_STICKY_SESSIONS === 'on',
        newerTableMs: read.EDGE_NEWER_TABLE_MS,
      },
      upstream: {
        connections: read.EDGE_UPSTREAM_CONNECTIONS,
        connectTimeoutMs: read.EDGE_CONNECT_TIMEOUT_MS,
        silenceMs: read.EDGE_UPSTREAM_TIMEOUT_MS,
      },
      retry: { ratio: read.EDGE_RETRY_RATIO, floorPerSecond: read.EDGE_RETRY_FLOOR_PER_SECOND },
      handOver: { withinMs: read.EDGE_HAND_OVER_MS, maxWaiting: read.EDGE_HAND_OVER_WAITING },
      table: { waitMs: read.EDGE_TABLE_WAIT_MS, retryMs: read.EDGE_TABLE_RETRY_MS },
      slowStart: { rampMs: read.EDGE_SLOW_START_MS },
      outlier: {
        failureRatio: read.EDGE_OUTLIER_RATIO,
        minRequests: read.EDGE_OUTLIER_MIN_REQUESTS,
        baseMs: read.EDGE_OUTLIER_BASE_MS,
        longestMs: read.EDGE_OUTLIER_LONGEST_MS,
        largestPart: read.EDGE_OUTLIER_LARGEST_PART,
      },
      load: {
        maxInFlight: read.EDGE_MAX_IN_FLIGHT,
        readsPart: read.EDGE_READS_PART,
        maxInFlightPerUpstream: read.EDGE_MAX_IN_FLIGHT_PER_UPSTREAM,
        slowMs: read.EDGE_SLOW_ANSWER_MS,
      },
      server: { requestTimeoutMs: read.EDGE_REQUEST_TIMEOUT_MS, maxConnections: read.EDGE_MAX_CONNECTIONS },
      drainMs: read.EDGE_DRAIN_MS,
    },
  };
}
