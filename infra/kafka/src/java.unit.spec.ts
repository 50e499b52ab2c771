import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchJars, hasKafkaJars } from './java.ts';

/** A Maven that notes that it was run, and brings one jar. */
const STAND_IN = `#!/bin/sh
echo run >> "$(dirname "$0")/runs"
for argument; do case $argument in -DoutputDirectory=*) into=\${argument#*=} ;; esac; done
sleep 0.2
echo jar > "$into/connect-mirror-0.jar"
`;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-jars-'));
  const maven = path.join(directory, 'mvn');
  await writeFile(maven, STAND_IN);
  await chmod(maven, 0o755);
  vi.stubEnv('PATH', `${directory}${path.delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

it('who asks for jars at the same time gets them of one fetch, and who asks later of none', async () => {
  const cache = path.join(directory, 'cache');
  const asked = await Promise.all([1, 2, 3].map(() => fetchJars('mirror-maker', cache)));
  expect(new Set(asked).size).toBe(1);
  expect(await hasKafkaJars(cache, 'mirror-maker')).toBe(true);
  await fetchJars('mirror-maker', cache);
  expect(await readFile(path.join(directory, 'runs'), 'utf8')).toBe('run\n');
});
