import { availableParallelism } from 'node:os';
import { processes, processUsage } from '@meridian/test-harness';

/** How much of the machine's processors all processes of the regions use while `work` runs: 0 to 1. */
export async function withCpuOfRegions<T>(work: () => Promise<T>): Promise<{ result: T; share: number }> {
  const pids = (await processes()).filter(({ state }) => state === 'running').map(({ pid }) => pid);
  const cpuMs = () => [...processUsage(pids).values()].reduce((sum, usage) => sum + usage.cpuMs, 0);
  const [cpuBeforeMs, startedMs] = [cpuMs(), performance.now()];
  const result = await work();
  const tookMs = performance.now() - startedMs;
  return { result, share: (cpuMs() - cpuBeforeMs) / (tookMs * availableParallelism()) };
}
