import { createServer } from 'node:net';
import { localAddresses } from '@meridian/regions';
import { describe, expect, it } from 'vitest';
import { jdk, memory, node } from '../machine.mjs';
import { ports, portsByUse } from './prerequisites.ts';
import { readLocalTopology } from './run-up.ts';

describe('what is missing is said in one sentence each', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15'],
    ['openjdk version "21" 2023-09-19'],
    ['openjdk version "25-ea" 2025-09-16'],
    ['Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version "24.0.1" 2025-04-15'],
  ])('nothing with %s', (said) => expect(jdk(said)).toEqual([]));

  it.each([
    ['java version "1.8.0_402"', '8'],
    ['openjdk version "11.0.2" 2019-01-15', '11'],
    ['something else', 'unknown'],
  ])('a JDK when "java" says %s', (said, version) =>
    expect(jdk(said)).toEqual([`A JDK 17 or later is needed to run Kafka; "java" is version ${version}.`]),
  );

  it('a JDK when there is none', () => expect(jdk(undefined).join()).toContain('no working "java"'));
  it('Node when it is too old', () => {
    expect(node('22.22.0').join()).toContain('Node 24 or later is needed to run the services, this is 22.22.0');
    expect(node('24.0.0')).toEqual([]);
  });
  it('memory when there is too little', () => {
    expect(memory(1.2 * 2 ** 30, 3).join()).toContain('there is 1.2 GiB');
    expect(memory(8 * 2 ** 30, 3)).toEqual([]);
  });

  it('a port that is taken, and what for', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await ports([{ port, use: 'the edge' }])).toEqual([
      `Port ${port} (for the edge) is taken by another program.`,
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(await ports([{ port, use: 'the edge' }])).toEqual([]);
  });
});

describe('the ports of a run', () => {
  it('are each used once, also beside a run at another offset', () => {
    const topology = readLocalTopology();
    const used = [0, 200].flatMap((offset) =>
      portsByUse(topology, localAddresses(topology, offset)).map((p) => p.port),
    );
    expect(new Set(used).size).toBe(used.length);
  });
});
