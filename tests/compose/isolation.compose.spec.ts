import { composeAddresses, type RegionId } from '@meridian/regions';
import { directedPairs, docker, regions, topology } from '@meridian/test-harness';
import { describe, expect, it } from 'vitest';

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

/** Of each attempt: what was dialled, and what came of it. All at once, as each that is dropped takes its three seconds. */
const dialled = (region: RegionId, tries: { host: string; port: number }[]) =>
  Promise.all(tries.map(async ({ host, port }) => `${host}:${port} ${await connectFrom(region, host, port)}`));
const all = (tries: { host: string; port: number }[], outcome: 'open' | 'closed') =>
  tries.map(({ host, port }) => `${host}:${port} ${outcome}`);

describe.each(directedPairs)('from %s to %s', (from, to) => {
  const target = addresses.regions[to] as (typeof addresses.regions)[string];
  const wanted = [target.kafka.local, target.postgres, target.services.order];

  it('no name of Kafka, PostgreSQL or a service is known, and no address answers', async () => {
    const ips = await Promise.all(wanted.map(async ({ host }) => (await ipsOf(host))[to] as string));
    expect(ips.filter((ip) => !/^\d+\.\d+\.\d+\.\d+$/.test(ip))).toEqual([]);
    const tries = [...wanted, ...wanted.map(({ port }, i) => ({ host: ips[i] as string, port }))];
    expect(await dialled(from, tries)).toEqual(all(tries, 'closed'));
  });

  it('the link to its Kafka is reached, and the links that begin there are not', async () => {
    const own = addresses.links.find((l) => l.from === from && l.to === to && l.target === 'kafka');
    expect(await dialled(from, own ? [own.listen] : [])).toEqual(all(own ? [own.listen] : [], 'open'));
    const wanIps = await ipsOf('wan');
    const ofOthers = addresses.links.filter((l) => l.from === to).map((l) => l.listen);
    expect(ofOthers.length).toBeGreaterThan(0);
    // By name, by the WAN's address over there, and by its address here, unless a link from here has the same port.
    const hasOwn = (port: number) => addresses.links.some((l) => l.from === from && l.listen.port === port);
    const tries = ofOthers.flatMap((listen) => [
      listen,
      { ...listen, host: wanIps[to] as string },
      ...(hasOwn(listen.port) ? [] : [{ ...listen, host: wanIps[from] as string }]),
    ]);
    expect(await dialled(from, tries)).toEqual(all(tries, 'closed'));
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
