/**
 * What the edge costs over a bare @fastify/http-proxy, on the same machine in the same run: requests per second, and the
 * proxy's own CPU per request, which is the steadier of the two. Build first, then `node apps/edge/bench/overhead.mjs`.
 * ROUNDS and SECONDS can be set; the order of the contestants changes with every round.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 3);
const CONNECTIONS = 64;
const PACED_PER_SECOND = 500;
const CONTESTANTS = ['http-proxy', 'edge, no trace recorded', 'edge, every trace recorded and exported'];

const here = (file) => new URL(file, import.meta.url);
const register = new URL('../../../libs/telemetry/dist/register.js', import.meta.url).href;

async function start(file, args, execArgv = [], env = {}) {
  const child = fork(here(file), args, { execArgv, env: { ...process.env, ...env } });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

const upstream = await start('processes.mjs', ['upstream']);
const target = String(upstream.port);
const contestants = await Promise.all([
  start('processes.mjs', ['http-proxy', target]),
  start('processes.mjs', ['edge', target], ['--import', register], { MERIDIAN_TRACE_RATIO: '0' }),
  start('processes.mjs', ['edge', target], ['--import', register], {
    MERIDIAN_TRACE_RATIO: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${target}`,
  }),
]);
const samples = CONTESTANTS.map(() => []);

async function load({ child, port }, seconds) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const endMs = performance.now() + seconds * 1000;
  const latencies = [];
  await ask(child, 'reset');
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < endMs) {
        const sentMs = performance.now();
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/orders/7b1e' });
        await body.dump();
        if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
        latencies.push(performance.now() - sentMs);
      }
    }),
  );
  const tookS = (performance.now() - startedMs) / 1000;
  const { cpuUs } = await ask(child, 'cpu');
  await pool.close();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / tookS,
    cpuUs: cpuUs / latencies.length,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)],
  };
}

/** Sends at a steady rate, whatever comes back. Milliseconds at the 99th percentile. */
async function pacedP99Ms(port, seconds) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const latencies = [];
  const answered = [];
  const startedMs = performance.now();
  for (let sent = 0; sent < PACED_PER_SECOND * seconds; ) {
    const due = Math.min(((performance.now() - startedMs) / 1000) * PACED_PER_SECOND, PACED_PER_SECOND * seconds);
    for (; sent < due; sent++) {
      const sentMs = performance.now();
      answered.push(
        pool
          .request({ method: 'GET', path: '/orders/7b1e' })
          .then(({ body }) => body.dump())
          .then(() => latencies.push(performance.now() - sentMs)),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(answered);
  await pool.close();
  latencies.sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * 0.99)];
}

for (const contestant of contestants) await load(contestant, 1);
for (let round = 0; round < ROUNDS; round++)
  for (let i = 0; i < contestants.length; i++) {
    const which = (i + round) % contestants.length;
    const full = await load(contestants[which], SECONDS);
    samples[which].push({ ...full, pacedMs: await pacedP99Ms(contestants[which].port, SECONDS) });
  }

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const figures = samples.map((list) => ({
  perSecond: median(list.map((s) => s.perSecond)),
  cpuUs: median(list.map((s) => s.cpuUs)),
  p99Ms: median(list.map((s) => s.p99Ms)),
  pacedMs: median(list.map((s) => s.pacedMs)),
}));
const peer = figures[0];
console.log(`| | requests/s | ratio | CPU µs per request | p99 ms | p99 ms at ${PACED_PER_SECOND}/s |`);
console.log('|---|---|---|---|---|---|');
for (const [i, { perSecond, cpuUs, p99Ms, pacedMs }] of figures.entries())
  console.log(
    `| ${CONTESTANTS[i]} | ${perSecond.toFixed(0)} | ${(perSecond / peer.perSecond).toFixed(2)} | ${cpuUs.toFixed(0)} | ${p99Ms.toFixed(1)} | ${pacedMs.toFixed(1)} |`,
  );
for (const { child } of [upstream, ...contestants]) child.kill();
