import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from './paths.ts';

/**
 * A bare clone as far as bootstrapping is concerned, on a machine that has too little memory (more is asked for than any
 * has) and nothing on the PATH but an npm that tells of its call.
 */
let clone: string;
beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'meridian-clone-'));
  for (const file of ['infra/local/bootstrap.mjs', 'infra/local/machine.mjs', 'infra/topology.json'])
    cpSync(path.join(repositoryRoot, file), path.join(clone, file));
  const machine = path.join(clone, 'infra/local/machine.mjs');
  writeFileSync(machine, readFileSync(machine, 'utf8').replace('LEAST_MEMORY_GIB = 2.5', 'LEAST_MEMORY_GIB = 99999'));
  writeFileSync(path.join(clone, 'package-lock.json'), '{}');
  program('npm', 'echo "npm was called"; exit 9');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function program(name: string, script: string): void {
  mkdirSync(path.dirname(path.join(clone, 'bin', name)), { recursive: true });
  writeFileSync(path.join(clone, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(clone, 'bin', name), 0o755);
}

function bootstrap(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [path.join(clone, 'infra/local/bootstrap.mjs'), ...args],
    {
      env: { PATH: path.join(clone, 'bin') },
      encoding: 'utf8',
    },
  );
  return { said: stderr.trim().split('\n'), stdout, status };
}

const NO_JAVA = 'A JDK 17 or later is needed to run Kafka, and there is no working "java" on the PATH.';
const NO_MAVEN = 'Maven is needed once, to fetch Kafka, and there is no "mvn" on the PATH.';
const NO_MEMORY = expect.stringMatching(/^3 regions need about 99999 GiB of free memory, and there is [\d.]+ GiB\.$/);

describe('before anything is installed', () => {
  it.each(['start', 'test', 'test unit e2e'])('"%s" says all that is missing, one sentence each', (command) => {
    const { said, status } = bootstrap(...command.split(' '));
    expect([said, status]).toEqual([[NO_JAVA, NO_MAVEN, NO_MEMORY], 1]);
    expect(existsSync(path.join(clone, 'node_modules'))).toBe(false);
  });

  it('Maven is not missed where Kafka has been fetched', () => {
    mkdirSync(path.join(clone, '.meridian/cache/kafka-4.3.1/libs'), { recursive: true });
    expect(bootstrap('start').said).toEqual([NO_JAVA, NO_MEMORY]);
  });

  it('stdout is left to the command, which may write JSON there', () => {
    program('npm', 'exit 0');
    program('../node_modules/.bin/turbo', 'echo built');
    program('../node_modules/.bin/node', 'echo "{}"');
    const { said, stdout } = bootstrap('test', 'lint', 'unit');
    expect(stdout).toBe('{}\n');
    expect(said).toEqual([expect.stringContaining('dependencies installed'), expect.stringContaining('built')]);
  });

  it('tests that start nothing need none of it', () =>
    expect(bootstrap('test', 'lint', 'unit').said).toContain('npm was called'));

  it('memory is not missed that a run holds or has left behind: the runner sees to that, and then looks itself', () => {
    mkdirSync(path.join(clone, '.meridian/run'), { recursive: true });
    writeFileSync(path.join(clone, '.meridian/run/runner.json'), '{}');
    expect(bootstrap('start').said).toEqual([NO_JAVA, NO_MAVEN]);
  });
});
