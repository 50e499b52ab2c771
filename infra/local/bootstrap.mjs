import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as machine from './machine.mjs';

/**
 * `npm start`, `npm test`, `npm run drills`, `npm run bench` and `npm run conformance` from a bare clone: what the machine
 * lacks, dependencies, build, then the real thing on the Node that came with the dependencies. Plain JavaScript without
 * dependencies, for any Node ≥ 20, because nothing is installed yet.
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const local = (...parts) => path.join(root, ...parts);
const COMMANDS = {
  start: ['apps/cli/bin/meridian.js', 'up'],
  test: ['tests/run.mjs'],
  drills: ['tests/drills/src/main.ts'],
  conformance: ['tests/conformance/conformance.ts'],
  bench: ['tests/bench/src/main.ts'],
};

/** Tests that start no Kafka and no region. */
const LIGHT_TESTS = ['lint', 'types', 'fences', 'unit'];

const [command, ...rest] = process.argv.slice(2);
if (!(command in COMMANDS)) fail(`There is no "${command}"; there are ${Object.keys(COMMANDS).join(' and ')}.`, 2);
const missing = [...nodeIsMissing(), ...systemIsMissing()];
if (missing.length > 0) fail(missing.join('\n'));

function fail(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}

function nodeIsMissing() {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) < 20) return [`Meridian needs Node 20 or later to begin with; this is ${node}.`];
  const comesByNpm = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  return comesByNpm ? [] : machine.node(node);
}

/** Said before minutes are spent on installing. The runner looks again, and at the ports, when it starts. */
function systemIsMissing() {
  if (command === 'test' && rest.length > 0 && rest.every((tier) => LIGHT_TESTS.includes(tier))) return [];
  const cache = local('.meridian/cache');
  const hasKafka = existsSync(cache) && readdirSync(cache).some((kafka) => existsSync(path.join(cache, kafka, 'libs')));
  // A run that is up, or was killed, holds memory: the runner says the one and ends the other.
  const isRun = existsSync(local('.meridian/run/runner.json'));
  const { regions } = JSON.parse(readFileSync(local('infra/topology.json'), 'utf8'));
  return [
    ...machine.jdk(machine.javaSays()),
    ...(hasKafka ? [] : machine.maven()),
    ...(isRun ? [] : machine.memory(machine.availableMemoryBytes(), regions.length)),
  ];
}

const env = {
  ...process.env,
  PATH: `${local('node_modules/.bin')}${path.delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  NO_UPDATE_NOTIFIER: '1',
};

/** Runs a step to its end. A line when it works, all it said when it does not; stdout is the command's, for `--json`. */
function step(name, file, args) {
  const started = performance.now();
  const result = spawnSync(file, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (result.signal) process.exit(130);
  if (result.status !== 0) {
    console.error(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`.trim());
    fail(`${name} failed; what it said stands above.`);
  }
  console.error(`✓ ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** Done again only when the lock file is another than the one that was installed. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(local('package-lock.json')))
    .digest('hex');
  const stamp = local('node_modules/.meridian-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  step('dependencies installed', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

install();
step('built', local('node_modules/.bin/turbo'), ['run', 'build', '--output-logs=errors-only', '--log-order=grouped']);

const node = existsSync(local('node_modules/.bin/node')) ? local('node_modules/.bin/node') : process.execPath;
const [script, ...fixed] = COMMANDS[command];
// Drills, benchmarks and the conformance suite are not built: they run on sources, as the tests do.
const flags = script.endsWith('.ts') ? ['--conditions=source', '--disable-warning=ExperimentalWarning'] : [];
const child = spawn(node, [...flags, local(script), ...fixed, ...rest], { cwd: root, env, stdio: 'inherit' });

// A Ctrl-C reaches the child by itself, being in the same group, and the child takes it and this one for the same; a
// signal that was sent to this process alone would not reach it otherwise.
process.on('SIGINT', () => child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGHUP', () => child.kill('SIGTERM'));
child.on('error', (failure) => fail(`${node} cannot be run: ${failure.message}`));
child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
