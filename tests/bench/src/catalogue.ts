import type { Benchmark } from './benchmark.ts';
import { evacuate } from './drills/evacuate.bench.ts';
import { healConvergence } from './drills/heal-convergence.bench.ts';
import { rpoKill } from './drills/rpo-kill.bench.ts';
import { footprint } from './footprint/footprint.bench.ts';
import { gatewayOverhead } from './gateway-overhead/gateway-overhead.bench.ts';
import { geoLag } from './geo-lag/geo-lag.bench.ts';
import { outboxRelay } from './outbox-relay/outbox-relay.bench.ts';
import { replicatorDrain } from './replication/replicator-drain.bench.ts';
import { replicatorLag } from './replication/replicator-lag.bench.ts';
import { replicatorWan } from './replication/replicator-wan.bench.ts';
import { wireCost } from './replication/wire-cost.bench.ts';
import { stackTax } from './stack-tax/stack-tax.bench.ts';
import { writeIndependence } from './write-independence/write-independence.bench.ts';

/** Every benchmark, in the order in which `npm run bench` runs them: those on regions last, as they share them. */
export const BENCHMARKS: readonly Benchmark[] = [
  gatewayOverhead,
  stackTax,
  outboxRelay,
  replicatorDrain,
  replicatorWan,
  replicatorLag,
  wireCost,
  footprint,
  writeIndependence,
  geoLag,
  healConvergence,
  evacuate,
  rpoKill,
];
