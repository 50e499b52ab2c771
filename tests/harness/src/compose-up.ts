import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compose, docker, runToEnd } from './containers.ts';
import { COMPOSE_PROJECT } from './deployment.config.ts';
import { repositoryRoot } from './system.ts';

const reports = path.join(repositoryRoot, '.meridian/test-reports');
const UP = ['compose', 'up', '--detach', '--build', '--wait', '--wait-timeout', '300'];

/**
 * Global set-up of the compose tier: the containers from nothing, by the command that the README gives, and a catalog.
 * The teardown is a test, too: `docker compose down -v` must leave no container, network or volume of the project.
 */
export default async function composeUp(): Promise<() => Promise<void>> {
  mkdirSync(reports, { recursive: true });
  const log = path.join(reports, 'compose.log');
  writeFileSync(log, '');
  await compose('down', '--volumes', '--remove-orphans');
  const started = performance.now();
  const up = await runToEnd('docker', UP, 900_000);
  appendFileSync(log, up.stdout + up.stderr);
  if (up.code !== 0) {
    appendFileSync(log, await compose('logs', '--no-color', '--tail', '200').catch(String));
    const states = await compose('ps', '--all').catch(String);
    await compose('down', '--volumes').catch(() => undefined);
    throw new Error(
      `docker ${UP.join(' ')} ended with ${up.code}; ${log} has the logs.\n${states}\n${up.stderr.slice(-3_000)}`,
    );
  }
  console.log(`  built and healthy after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await compose('run', '--rm', 'meridian', 'seed');

  return async () => {
    appendFileSync(log, await compose('logs', '--no-color', '--timestamps').catch(String));
    await compose('down', '--volumes');
    const mine = ['--filter', `label=com.docker.compose.project=${COMPOSE_PROJECT}`];
    const left = await Promise.all([
      docker('ps', '--all', '--quiet', ...mine),
      docker('network', 'ls', '--quiet', ...mine),
      docker('volume', 'ls', '--quiet', ...mine),
    ]);
    if (left.some((ids) => ids !== ''))
      throw new Error(`docker compose down -v left containers, networks or volumes behind: ${left.join(' | ')}`);
  };
}
