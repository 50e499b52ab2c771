import { docker } from '@meridian/test-harness';
import { beforeAll, describe, expect, it } from 'vitest';

/** Read from the engine and from inside the containers, not from the compose file. */
interface Inspected {
  Id: string;
  Name: string;
  State: { Running: boolean };
  HostConfig: {
    ReadonlyRootfs: boolean;
    Privileged: boolean;
    CapDrop: string[] | null;
    CapAdd: string[] | null;
    SecurityOpt: string[] | null;
    Memory: number;
    PidsLimit: number | null;
    NetworkMode: string;
    PortBindings: Record<string, { HostIp: string }[]>;
  };
  Mounts: { Type: string; Source: string; Destination: string; RW: boolean }[];
}

let all: Inspected[];
let running: Inspected[];

beforeAll(async () => {
  const ids = await docker('ps', '--all', '--quiet', '--filter', 'label=com.docker.compose.project=meridian-test');
  all = JSON.parse(await docker('inspect', ...ids.split('\n')));
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
    const rootly = await Promise.all(
      running.map(async (c) => {
        const [, ...uids] = (await docker('top', c.Id, '-eo', 'uid,pid,comm')).split('\n');
        expect(uids.length).toBeGreaterThan(0);
        return uids.filter((line) => line.trim().startsWith('0 ')).map((line) => `${c.Name}: ${line.trim()}`);
      }),
    );
    expect(rootly.flat()).toEqual([]);
  });

  it('has a root file system that it can write on', async () => {
    expect(wrong(all, (c) => !c.HostConfig.ReadonlyRootfs)).toEqual([]);
    const written = await Promise.all(
      running.map(async (c) => {
        const said = await docker('exec', c.Id, 'sh', '-c', '(: > /written) 2>&1 || true');
        return /read-only/i.test(said) ? [] : [`${c.Name}: ${said || 'written'}`];
      }),
    );
    expect(written.flat()).toEqual([]);
  });

  it('has a capability or a way to gain one', async () => {
    expect(wrong(all, (c) => c.HostConfig.Privileged)).toEqual([]);
    expect(wrong(all, (c) => c.HostConfig.CapDrop?.join() !== 'ALL' || (c.HostConfig.CapAdd ?? []).length > 0)).toEqual(
      [],
    );
    expect(wrong(all, (c) => !c.HostConfig.SecurityOpt?.some((o) => /^no-new-privileges(:true)?$/.test(o)))).toEqual(
      [],
    );
    const capable = await Promise.all(
      running.map(async (c) => {
        const status = await docker('exec', c.Id, 'sh', '-c', 'cat /proc/1/status');
        const [, bounding] = /^CapBnd:\s+([0-9a-f]+)$/m.exec(status) ?? [];
        return Number.parseInt(bounding ?? '1', 16) === 0 ? [] : [`${c.Name}: ${bounding}`];
      }),
    );
    expect(capable.flat()).toEqual([]);
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
