import { beforeAll, describe, expect, it } from 'vitest';
import {
  capableOfSomething,
  type Inspected,
  inspectAll,
  processesOfRoot,
  writableRoots,
} from './confinement.fixture.ts';

/** Read from the engine and from inside the containers, not from the compose file. */
let all: Inspected[];
let running: Inspected[];

beforeAll(async () => {
  all = await inspectAll();
  running = all.filter((c) => c.State.Running);
});

const nameOf = (container: Inspected) => container.Name;
const wrong = (containers: Inspected[], isWrong: (container: Inspected) => boolean) =>
  containers.filter(isWrong).map(nameOf);

it('there are as many containers as the compose file says: 3 × 8 and wan, edge, jaeger', () => {
  expect(all.length).toBe(27);
  expect(running.length).toBe(24);
});

describe('no container', () => {
  it('has a process of root', async () => {
    expect(await processesOfRoot(running)).toEqual([]);
  });

  it('has a root file system that it can write on', async () => {
    expect(wrong(all, (c) => !c.HostConfig.ReadonlyRootfs)).toEqual([]);
    expect(await writableRoots(running)).toEqual([]);
  });

  it('has a capability or a way to gain one', async () => {
    expect(wrong(all, (c) => c.HostConfig.Privileged)).toEqual([]);
    expect(wrong(all, (c) => c.HostConfig.CapDrop?.join() !== 'ALL' || (c.HostConfig.CapAdd ?? []).length > 0)).toEqual(
      [],
    );
    expect(wrong(all, (c) => !c.HostConfig.SecurityOpt?.some((o) => /^no-new-privileges(:true)?$/.test(o)))).toEqual(
      [],
    );
    expect(await capableOfSomething(running)).toEqual([]);
  });

  it('has the network, memory or processes of the machine to itself', () => {
    expect(wrong(all, (c) => c.HostConfig.NetworkMode === 'host')).toEqual([]);
    expect(wrong(all, (c) => c.HostConfig.Memory <= 0)).toEqual([]);
    expect(wrong(all, (c) => (c.HostConfig.PidsLimit ?? 0) <= 0)).toEqual([]);
  });

  it('publishes a port beyond this machine', () => {
    const bindings = all.flatMap((c) => Object.values(c.HostConfig.PortBindings ?? {}).flat());
    expect(bindings.length).toBeGreaterThan(0);
    expect(bindings.filter((b) => b.HostIp !== '127.0.0.1')).toEqual([]);
  });

  it('mounts anything of the machine that it can write on, or the engine’s socket', () => {
    const binds = all.flatMap((c) => c.Mounts.filter((m) => m.Type === 'bind').map((m) => ({ ...m, of: c.Name })));
    expect(binds.filter((m) => m.RW)).toEqual([]);
    expect(binds.length).toBeGreaterThan(0);
    expect(binds.filter((m) => /docker\.sock/.test(m.Source))).toEqual([]);
  });
});
