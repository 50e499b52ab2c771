import { once } from 'node:events';
import { createServer } from 'node:net';
import type { WanLink } from '@meridian/regions';
import { eventually, freePort } from '@meridian/testing';
import { expect, onTestFinished, test } from 'vitest';
import { betweenPlaces } from './faults/fault-board.ts';
import { connectTo, echo, pingMs, startTarget, type Target, wanLinkTo } from './link.fixture.ts';
import { realTopology } from './real-topology.fixture.ts';
import { Wan } from './wan.ts';

const topology = realTopology();
const PAIRS = [
  { from: 'eu-west', to: 'us-east' },
  { from: 'us-east', to: 'eu-west' },
  { from: 'eu-west', to: 'ap-southeast' },
  { from: 'edge', to: 'eu-west' },
];

async function startWan(upstream: Target['address']): Promise<Wan> {
  const links: WanLink[] = [];
  for (const ends of PAIRS) links.push(wanLinkTo(upstream, { host: '127.0.0.1', port: await freePort() }, ends));
  const wan = new Wan({ topology, links, profile: 'none' });
  await wan.listen();
  onTestFinished(() => wan.close());
  return wan;
}

const cutLinks = (wan: Wan) =>
  wan.links
    .filter((l) => l.effect.blockedThere || l.effect.blockedBack)
    .map((l) => `${l.wanLink.from}->${l.wanLink.to}`);

test('faults that overlap are healed one by one: healing one does not heal the other', async () => {
  const target = await startTarget({ onConnection: echo });
  const wan = await startWan(target.address);
  const [link] = wan.links;
  if (!link) throw new Error('no link');
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket, '1');

  const partition = wan.faults.add({ kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: false });
  wan.faults.add({ kind: 'isolate', region: 'eu-west' });
  wan.faults.add({ kind: 'black-hole', links: [link.wanLink.id] });
  expect(cutLinks(wan)).toHaveLength(4);
  const answered = pingMs(socket, '2');

  wan.faults.heal((f) => f.kind === 'isolate');
  expect(cutLinks(wan)).toEqual(['eu-west->us-east', 'us-east->eu-west']);
  wan.faults.heal((f) => f.id === partition.id);
  expect(cutLinks(wan)).toEqual(['eu-west->us-east']);
  expect(target.receivedBytes()).toBe(1);

  expect(
    wan.faults.heal(
      betweenPlaces(
        wan.links.map((l) => l.wanLink),
        'us-east',
        'eu-west',
      ),
    ),
  ).toHaveLength(1);
  expect(cutLinks(wan)).toEqual([]);
  await answered;
  expect(target.received().toString()).toBe('12');
});

test('the same fault twice is two faults; healing the pair heals both', async () => {
  const wan = await startWan((await startTarget()).address);
  for (let i = 0; i < 2; i++) wan.faults.add({ kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: false });
  expect(wan.faults.heal(() => true)).toHaveLength(2);
  expect(cutLinks(wan)).toEqual([]);
});

test('a flapping link is down and up by turns, and stays up once healed', async () => {
  const target = await startTarget({ onConnection: echo });
  const wan = await startWan(target.address);
  const [link] = wan.links;
  if (!link) throw new Error('no link');
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket);

  wan.faults.add({ kind: 'flap', regions: ['us-east', 'eu-west'], upMs: 60, downMs: 60 });
  for (const expected of [2, 0, 2, 0, 2])
    await eventually(() => expect(cutLinks(wan)).toHaveLength(expected), { withinMs: 500, everyMs: 5 });
  // Sent while it is down: the answer waits for the next time that it is up.
  expect(await pingMs(socket)).toBeGreaterThan(5);
  wan.faults.heal(() => true);
  await pingMs(socket);
  expect(cutLinks(wan)).toEqual([]);
});

test('a profile sets every link anew; a delay set by hand holds until then', async () => {
  const wan = await startWan((await startTarget()).address);
  const delays = () => wan.links.map((l) => l.settings.delayMs);
  expect(delays()).toEqual([0, 0, 0, 0]);
  wan.setProfile('aws-2022');
  expect(delays()).toEqual([42.45, 42.45, 89.45, 0]);
  wan.setDelay((l) => l.from === 'eu-west' && l.to === 'us-east', 300);
  expect(delays()).toEqual([300, 42.45, 89.45, 0]);
  expect(() => wan.setProfile('slow')).toThrow('There is no WAN profile "slow"');
  expect(delays()).toEqual([300, 42.45, 89.45, 0]);
  wan.setProfile('fibre-floor');
  expect(delays()).toEqual([26.75, 26.75, 54.85, 0]);
});

test('when a port is taken, says of which link, and lets go of all others', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const takenPort = typeof address === 'object' && address ? address.port : 0;
  const otherPort = await freePort();
  const upstream = { host: '127.0.0.1', port: 1 };
  const links = [otherPort, takenPort].map((port, i) => wanLinkTo(upstream, { host: '127.0.0.1', port }, PAIRS[i]));
  await expect(new Wan({ topology, links, profile: 'none' }).listen()).rejects.toThrow(
    `The link us-east->eu-west/kafka cannot listen on 127.0.0.1:${takenPort}: the port is taken.`,
  );
  const again = createServer().listen(otherPort, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});
