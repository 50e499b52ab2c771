import { composeAddresses, type RegionId } from '@meridian/regions';
import { directedPairs, docker, regions, topology } from '@meridian/test-harness';
import { beforeAll, describe, expect, it } from 'vitest';

/**
 * Tried from inside a container of one region: names and addresses of another region lead nowhere, and the links that
 * begin here lead there. That the same attempt succeeds where it should shows that it can tell the difference.
 */
const addresses = composeAddresses(topology);
const project = 'meridian-test';
const containerOf = (service: string) => `${project}-${service}-1`;

/** `open`, or why not: Bash's own sockets, within three seconds. */
async function connectFrom(region: RegionId, host: string, port: number): Promise<'open' | 'closed'> {
  const attempt = `timeout 3 bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>/dev/null && echo open || echo closed`;
  return (await docker('exec', containerOf(`${region}-order`), 'bash', '-c', attempt)) as 'open' | 'closed';
}

/** By network: the address of a container on each. */
async function ipsOf(service: string): Promise<Record<string, string>> {
  const [inspected] = JSON.parse(await docker('inspect', containerOf(service)));
  const networks = inspected.NetworkSettings.Networks as Record<string, { IPAddress: string }>;
  return Object.fromEntries(
    Object.entries(networks).map(([name, { IPAddress }]) => [name.replace(`${project}_`, ''), IPAddress]),
  );
}

it('within a region everything is reached', async () => {
  for (const region of regions) {
    const { kafka, postgres, services } = addresses.regions[region] as (typeof addresses.regions)[string];
    for (const { host, port } of [kafka.local, postgres, services.catalog])
      expect([host, await connectFrom(region, host, port)]).toEqual([host, 'open']);
  }
});

describe.each(directedPairs)('from %s to %s', (from, to) => {
  const target = addresses.regions[to] as (typeof addresses.regions)[string];
  const ports = [target.kafka.local, target.postgres, target.services.order];
  let ips: Record<string, string>;
  let wanIps: Record<string, string>;
  beforeAll(async () => {
    wanIps = await ipsOf('wan');
    ips = Object.fromEntries(await Promise.all(ports.map(async ({ host }) => [host, (await ipsOf(host))[to]])));
  });

  it('no name of Kafka, PostgreSQL or a service is known, and no address answers', async () => {
    for (const { host, port } of ports) {
      expect([host, await connectFrom(from, host, port)]).toEqual([host, 'closed']);
      expect(ips[host]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect([host, ips[host], await connectFrom(from, ips[host] as string, port)]).toEqual([
        host,
        ips[host],
        'closed',
      ]);
    }
  });

  it('the link to its Kafka is reached, and the links of others are not', async () => {
    const own = addresses.links.find((l) => l.from === from && l.to === to && l.target === 'kafka');
    expect(await connectFrom(from, own?.listen.host as string, own?.listen.port as number)).toBe('open');
    const others = addresses.links.filter((l) => l.from === to);
    expect(others.length).toBeGreaterThan(0);
    for (const { id, listen } of others) {
      expect([id, await connectFrom(from, listen.host, listen.port)]).toEqual([id, 'closed']);
      expect([id, await connectFrom(from, wanIps[to] as string, listen.port)]).toEqual([id, 'closed']);
      // On its own network the WAN does not listen for others either, but where they have a link to the same region.
      if (!addresses.links.some((l) => l.from === from && l.listen.port === listen.port))
        expect([id, await connectFrom(from, wanIps[from] as string, listen.port)]).toEqual([id, 'closed']);
    }
  });
});

it('the edge reaches no region but through its links', async () => {
  const tries = regions.map(async (region) => {
    const { host, port } = (addresses.regions[region] as (typeof addresses.regions)[string]).services.order;
    const ip = (await ipsOf(host))[region] as string;
    const attempt = `timeout 3 bash -c 'exec 3<>/dev/tcp/${ip}/${port}' 2>/dev/null && echo open || echo closed`;
    return docker('exec', containerOf('edge'), 'bash', '-c', attempt);
  });
  expect(await Promise.all(tries)).toEqual(regions.map(() => 'closed'));
});
