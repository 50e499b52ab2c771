import { readFileSync } from 'node:fs';
import { parseTopology } from '@meridian/regions';
import { describe, expect, it } from 'vitest';
import { type Container, containersToProcesses, memoryByContainer } from './container-state.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);

/** As `docker inspect` tells of a container. */
function container(service: string, state: Partial<Container['State']> = {}): Container {
  return {
    Id: `id-${service}`,
    RestartCount: 0,
    State: { Status: 'running', Running: true, Pid: 4711, ExitCode: 0, Health: { Status: 'healthy' }, ...state },
    Config: { Labels: { 'com.docker.compose.service': service }, Healthcheck: { Test: ['CMD', 'true'] } },
    NetworkSettings: { Ports: { '8080/tcp': [{ HostPort: '22003' }] } },
  };
}

describe('containersToProcesses', () => {
  it.each([
    ['eu-west-order', 'eu-west/order', 'eu-west', 'order'],
    ['ap-southeast-kafka', 'ap-southeast/kafka', 'ap-southeast', 'kafka'],
    ['wan', 'wan', undefined, 'wan'],
  ])('%s is the process %s', (service, name, region, kind) => {
    expect(containersToProcesses([container(service)], topology)).toEqual([
      { name, kind, region, pid: 4711, state: 'running', restarts: 0, rssBytes: undefined, port: 22003 },
    ]);
  });

  it.each([
    ['not healthy yet', { Health: { Status: 'starting' } }, 'starting'],
    ['alive and of no use', { Health: { Status: 'unhealthy' } }, 'unhealthy'],
    ['brought back', { Status: 'restarting', Running: false }, 'restarting'],
    ['killed', { Status: 'exited', Running: false, Pid: 0, ExitCode: 137 }, 'killed'],
    ['stopped', { Status: 'exited', Running: false, Pid: 0, ExitCode: 0 }, 'stopped'],
    ['never started', { Status: 'created', Running: false, Pid: 0 }, 'stopped'],
    ['paused', { Status: 'paused' }, 'paused'],
  ])('a container that is %s', (_how, state, expected) => {
    expect(containersToProcesses([container('wan', state)], topology)[0]?.state).toBe(expected);
  });

  it('a container that does not run has no pid, and no port where none is bound', () => {
    const gone = {
      ...container('wan', { Status: 'exited', Pid: 0 }),
      NetworkSettings: { Ports: { '8080/tcp': null } },
    };
    expect(containersToProcesses([gone], topology)[0]).toMatchObject({ pid: undefined, port: undefined });
  });
});

it('memory is read from the lines of docker stats', () => {
  const lines = [
    { ID: 'a', MemUsage: '43.2MiB / 192MiB' },
    { ID: 'b', MemUsage: '1.5GiB / 2GiB' },
    { ID: 'c', MemUsage: '512KiB / 192MiB' },
    { ID: 'd', MemUsage: '-- / --' },
  ];
  expect(memoryByContainer(`${lines.map((l) => JSON.stringify(l)).join('\n')}\n`)).toEqual({
    a: Math.round(43.2 * 2 ** 20),
    b: 1.5 * 2 ** 30,
    c: 512 * 2 ** 10,
  });
  expect(memoryByContainer('')).toEqual({});
});
