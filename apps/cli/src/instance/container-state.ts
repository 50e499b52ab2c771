import { type RegionId, regionIds, type Topology } from '@meridian/regions';
import { z } from 'zod';
import type { ProcessStatus } from './process-status.ts';

/** What is read of `docker inspect`. */
export const inspected = z.looseObject({
  Id: z.string(),
  RestartCount: z.number(),
  State: z.looseObject({
    Status: z.string(),
    Running: z.boolean(),
    Pid: z.number(),
    ExitCode: z.number(),
    Health: z.looseObject({ Status: z.string() }).nullish(),
  }),
  Config: z.looseObject({
    Labels: z.record(z.string(), z.string()),
    Healthcheck: z.looseObject({ Test: z.array(z.string()).nullish() }).nullish(),
  }),
  NetworkSettings: z.looseObject({
    Ports: z.record(z.string(), z.array(z.looseObject({ HostPort: z.string() })).nullable()).nullish(),
  }),
});
export type Container = z.infer<typeof inspected>;

const SIGKILLED = 137;

/** Containers as the runner would name and judge them: `eu-west-order` is the process `eu-west/order`. */
export function containersToProcesses(
  containers: readonly Container[],
  topology: Topology,
  memoryBytes: Readonly<Record<string, number>> = {},
): ProcessStatus[] {
  return containers.map((container): ProcessStatus => {
    const { region, kind } = partOf(container, topology);
    const port = Object.values(container.NetworkSettings.Ports ?? {}).flatMap((bound) => bound ?? [])[0]?.HostPort;
    return {
      name: region ? `${region}/${kind}` : kind,
      kind,
      region,
      pid: container.State.Pid > 0 ? container.State.Pid : undefined,
      state: stateOf(container),
      restarts: container.RestartCount,
      rssBytes: memoryBytes[container.Id],
      port: port ? Number(port) : undefined,
    };
  });
}

export function serviceOf(container: Container): string {
  return container.Config.Labels['com.docker.compose.service'] ?? '';
}

function partOf(container: Container, topology: Topology): { region: RegionId | undefined; kind: string } {
  const service = serviceOf(container);
  const region = regionIds(topology).find((id) => service.startsWith(`${id}-`));
  return { region, kind: region ? service.slice(region.length + 1) : service };
}

function stateOf({ State: { Status, ExitCode, Health } }: Container): string {
  if (Status === 'running') return !Health || Health.Status === 'healthy' ? 'running' : Health.Status;
  if (Status === 'exited') return ExitCode === SIGKILLED ? 'killed' : 'stopped';
  return Status === 'created' ? 'stopped' : Status;
}

const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes by container id, of the lines of `docker stats`, which states them as `43.2MiB / 192MiB`. */
export function memoryByContainer(lines: string): Record<string, number> {
  const rows = lines
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { ID: string; MemUsage: string });
  return Object.fromEntries(
    rows.flatMap(({ ID, MemUsage }) => {
      const [, figure, unit] = /^([\d.]+)([A-Za-z]+) /.exec(MemUsage) ?? [];
      return figure && unit && UNITS[unit] ? [[ID, Math.round(Number(figure) * UNITS[unit])]] : [];
    }),
  );
}
