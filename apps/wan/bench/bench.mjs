import { readFileSync } from 'node:fs';
import { parseTopology } from '@meridian/regions';
import { linkSettings } from '../src/link-settings.ts';
import { measureDelay, measureThroughput } from '../src/measure/measure-link.ts';

/** `npm run bench -w @meridian/wan`: what a link adds beyond its profile, and what it moves. Takes about 40 s. */
const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../infra/topology.json', import.meta.url), 'utf8')),
);

console.log('round trips over a link, less the profile (ms)');
for (const profile of Object.keys(topology.profiles)) {
  for (const { between } of topology.links) {
    const settings = linkSettings(topology, profile, { from: between[0], to: between[1] });
    const { minMs, p50Ms, p99Ms } = await measureDelay(settings, { count: 25, connections: 8 });
    const figures = `min ${minMs.toFixed(2)}  p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)}`;
    console.log(
      `  ${profile.padEnd(12)} ${between.join(' ↔ ').padEnd(24)} ${(settings.delayMs * 2).toFixed(1).padStart(6)}  + ${figures}`,
    );
  }
}

console.log('one connection in bulk');
for (const [name, settings] of [
  ['delay 0', { delayMs: 0, jitterMs: 0, bandwidthMbps: 0 }],
  ['delay 0, 8 Gbit/s', { delayMs: 0, jitterMs: 0, bandwidthMbps: 8000 }],
  ['20 ms each way', { delayMs: 20, jitterMs: 0, bandwidthMbps: 0 }],
]) {
  const { megabytesPerSecond, megabytesPerCpuSecond } = await measureThroughput(1000, settings);
  console.log(
    `  ${name.padEnd(20)} ${megabytesPerSecond.toFixed(0).padStart(5)} MB/s  ${megabytesPerCpuSecond.toFixed(0).padStart(5)} MB per CPU second of the link`,
  );
}
