import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordProfiles } from './record-profiles.ts';

let directory: string;
let program: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'meridian-profile-'));
  program = path.join(directory, 'busy.mjs');
  writeFileSync(
    program,
    `import { spawnSync } from 'node:child_process';
     function spin() { for (const end = Date.now() + 50; Date.now() < end; ); }
     spin();
     // By another: a process that kills itself keeps its profile first.
     if (process.argv[2] === 'kill') spawnSync('kill', ['-9', String(process.pid)]);`,
  );
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('a process that ends has its summary beside its profile, one that is killed is named', () => {
  const env: NodeJS.ProcessEnv = { MERIDIAN_REGION: 'eu-west', MERIDIAN_TRACE_RATIO: '1' };
  const folder = path.join(directory, 'with a space');
  const recording = recordProfiles(folder, env);
  for (const args of [['once'], ['kill']]) spawnSync(process.execPath, [program, ...args], { env, cwd: directory });
  const lines = recording.summarise();
  expect(env).toEqual({ MERIDIAN_REGION: 'eu-west', MERIDIAN_TRACE_RATIO: '1' });
  expect(lines).toEqual([
    expect.stringMatching(/^eu-west busy\.mjs once traced 1: .*spin/),
    'No profile, as they were killed: eu-west busy.mjs kill traced 1',
  ]);
  const [text, ...others] = readdirSync(folder).filter((file) => !file.endsWith('.cpuprofile'));
  expect([text, others]).toEqual([expect.stringMatching(/^eu-west-busy-mjs-once-traced-1-\d+\.txt$/), []]);
  expect(readFileSync(path.join(folder, text as string), 'utf8')).toMatch(/Longest in itself.*spin .*busy\.mjs:2/s);
});

it('a profile that was being written when its process was killed is named, and the others have their summary', () => {
  const env: NodeJS.ProcessEnv = {};
  const folder = path.join(directory, 'profiles');
  const recording = recordProfiles(folder, env);
  spawnSync(process.execPath, [program], { env, cwd: directory });
  writeFileSync(path.join(folder, 'CPU.20261130.010203.77.0.001.cpuprofile'), '{"nodes":[');
  expect(recording.summarise()).toEqual([
    expect.stringMatching(/^a Node: no summary of CPU.*77.*cpuprofile: /),
    expect.stringMatching(/^busy\.mjs: .*spin/),
  ]);
});
