import { execFile } from 'node:child_process';
import { COMPOSE_PROJECT } from './deployment.config.ts';
import { repositoryRoot } from './system.ts';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program in the checkout to its end. Never rejects for an exit code. */
export function runToEnd(
  command: string,
  args: readonly string[],
  timeoutMs = 120_000,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      {
        cwd: repositoryRoot,
        maxBuffer: 64 * 1024 * 1024,
        timeout: timeoutMs,
        env: { ...process.env, COMPOSE_PROJECT_NAME: COMPOSE_PROJECT, NO_COLOR: '1', ...env },
      },
      (failure, stdout, stderr) => {
        if (failure?.killed)
          reject(
            new Error(`${command} ${args.join(' ')} did not end within ${timeoutMs / 1000} s:\n${stdout}${stderr}`),
          );
        else if (failure && typeof failure.code !== 'number')
          reject(new Error(`${command} ${args.join(' ')}: ${failure.message}`, { cause: failure }));
        else resolve({ code: (failure?.code as number | undefined) ?? 0, stdout, stderr });
      },
    );
  });
}

/** What `docker …` prints. Throws with what it complains of when it fails. */
export const docker = (...args: string[]): Promise<string> => dockerWith({}, ...args);

async function dockerWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runToEnd('docker', args, 600_000, env);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  return stdout.trim();
}

export const compose = (...args: string[]): Promise<string> => docker('compose', ...args);

/** Starts `services` anew where what `set` says differs from what they run with, and waits until they are healthy. */
export async function composeSet(set: Readonly<Record<string, string>>, ...services: string[]): Promise<void> {
  await dockerWith(set, 'compose', 'up', '--detach', '--no-deps', '--wait', ...services);
}

const COMMAND_WITHIN_MS = 180_000;

/** A command of the `meridian` command line, as a user of this checkout gives it. */
export function meridian(...args: string[]): Promise<Ended> {
  return meridianWithin(COMMAND_WITHIN_MS, args);
}

function meridianWithin(timeoutMs: number, args: readonly string[]): Promise<Ended> {
  return runToEnd(process.execPath, ['apps/cli/bin/meridian.js', ...args], timeoutMs);
}

/** The same with `--json`; what it read back, also where it then ends with 1. */
// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape and assert on what they read
export function meridianJson(...args: string[]): Promise<any> {
  return meridianJsonWithin(COMMAND_WITHIN_MS, ...args);
}

/** For a command that may take longer than others. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function meridianJsonWithin(timeoutMs: number, ...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await meridianWithin(timeoutMs, [...args, '--json']);
  const lines = stdout.trimEnd().split('\n');
  if (code !== 0 && lines.at(-1)?.startsWith('{"error":')) lines.pop();
  if (lines.length === 0) throw new Error(`meridian ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(lines.join('\n'));
}
