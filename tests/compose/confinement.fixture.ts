import { docker } from '@meridian/test-harness';

/** What the engine says of a container, as far as confinement goes. */
export interface Inspected {
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

/** Of the tests' project, those that have ended as well. */
export async function inspectAll(): Promise<Inspected[]> {
  const ids = await docker('ps', '--all', '--quiet', '--filter', 'label=com.docker.compose.project=meridian-test');
  return JSON.parse(await docker('inspect', ...ids.split('\n')));
}

export async function processesOfRoot(running: readonly Inspected[]): Promise<string[]> {
  const found = await Promise.all(
    running.map(async ({ Id, Name }) => {
      const [, ...uids] = (await docker('top', Id, '-eo', 'uid,pid,comm')).split('\n');
      if (uids.length === 0) return [`${Name}: no process is told of`];
      return uids.filter((line) => line.trim().startsWith('0 ')).map((line) => `${Name}: ${line.trim()}`);
    }),
  );
  return found.flat();
}

/** By trying it. */
export async function writableRoots(running: readonly Inspected[]): Promise<string[]> {
  const found = await Promise.all(
    running.map(async ({ Id, Name }) => {
      const said = await docker('exec', Id, 'sh', '-c', '(: > /written) 2>&1 || true');
      return /read-only/i.test(said) ? [] : [`${Name}: ${said || 'written'}`];
    }),
  );
  return found.flat();
}

/** By what the kernel says of the first process. */
export async function capableOfSomething(running: readonly Inspected[]): Promise<string[]> {
  const found = await Promise.all(
    running.map(async ({ Id, Name }) => {
      const status = await docker('exec', Id, 'sh', '-c', 'cat /proc/1/status');
      const [, bounding] = /^CapBnd:\s+([0-9a-f]+)$/m.exec(status) ?? [];
      return Number.parseInt(bounding ?? '1', 16) === 0 ? [] : [`${Name}: ${bounding}`];
    }),
  );
  return found.flat();
}
