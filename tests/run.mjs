import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

/**
 * `npm test` after set-up and build: format and lint, types (specs too), fences, docker-compose.yml against the topology,
 * then the tiers from fast to slow. Every tier runs even when an earlier one failed, so that one run tells everything.
 * `npm test -- unit int` runs these only; `npm test -- compose` runs the one that needs Docker and is left out otherwise.
 * What failed is named once more before the counts, because the end of a long log is what is kept and read.
 * The last line is `N passed, N failed`, and the exit code is 1 unless all passed and none was left out.
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const reports = path.join(root, '.meridian/test-reports');
const TIERS = ['unit', 'simulation', 'int', 'e2e', 'drill'];
const ALL = ['lint', 'types', 'fences', 'topology', ...TIERS];
const ON_REQUEST = ['compose'];

const wanted = process.argv.slice(2);
const known = [...ALL, ...ON_REQUEST];
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no test tier "${unknown[0]}"; there are ${known.join(', ')}.`);
  process.exit(2);
}
const chosen = wanted.length > 0 ? known.filter((name) => wanted.includes(name)) : ALL;

let running;
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopped = true;
    running?.kill(signal);
  });

function run(command, args, { capture = false, quiet = false } = {}) {
  return new Promise((resolve) => {
    running = spawn(path.join(root, 'node_modules/.bin', command), args, {
      cwd: root,
      stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    });
    let output = '';
    running.stdout?.on('data', (chunk) => {
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    running.on('close', (code) => resolve({ ok: code === 0, output }));
    running.on('error', (error) => resolve({ ok: false, output: String(error) }));
  });
}

async function lint() {
  const { ok } = await run('biome', ['check', '--error-on-warnings', '.']);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** The build leaves specs, benches and tests out; this does not. */
async function types() {
  const { ok } = await run('node', ['node_modules/@typescript/native/bin/tsc', '-p', 'tsconfig.check.json']);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

async function fences() {
  const { ok, output } = await run('node', ['tests/fences/run.mjs'], { capture: true });
  const counts = /fences: (\d+) passed, (\d+) failed/.exec(output);
  if (!counts) return { passed: 0, failed: 1 };
  return { passed: Number(counts[1]), failed: Math.max(Number(counts[2]), ok ? 0 : 1) };
}

async function tier(name) {
  const report = path.join(reports, `${name}.json`);
  rmSync(report, { force: true });
  const { ok } = await run('vitest', [
    'run',
    '--project',
    name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const skipped = result.numPendingTests + (result.numTodoTests ?? 0);
  if (skipped > 0)
    console.log(
      `${skipped} tests of ${name} were skipped, which counts as failed: a rule that is not checked does not hold.`,
    );
  // A file that does not load, a failed global set-up and an unhandled error fail the run without failing a test.
  const failed = result.numFailedTests + skipped;
  return { passed: result.numPassedTests, failed: ok || failed > 0 ? failed : 1, names: failures(result) };
}

const SAID = 300;

/** One line for each test that failed or was skipped, and each file that failed: where, what and the first line of why. */
function failures({ testResults }) {
  const lines = [];
  for (const { name, status, message, assertionResults } of testResults) {
    const file = path.relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    for (const test of failed) lines.push(`${file} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
    for (const test of assertionResults.filter(({ status }) => status !== 'failed' && status !== 'passed'))
      lines.push(`${file} > ${test.fullName}: it was skipped`);
    if (failed.length === 0 && status === 'failed') lines.push(`${file}: ${firstLine(message)}`);
  }
  return lines;
}

function firstLine(text = '') {
  return stripVTControlCharacters(text).split('\n', 1)[0].slice(0, SAID);
}

/** Also that the check would say so: it must fail on a topology with a region that the compose file does not have. */
async function topology() {
  const check = ['--conditions=source', '--disable-warning=ExperimentalWarning', 'infra/compose/src/check-topology.ts'];
  const { ok } = await run('node', check);
  const canary = await run('node', [...check, 'docker-compose.yml', 'tests/fences/canary/fourth-region.json'], {
    capture: true,
    quiet: true,
  });
  const caught = !canary.ok && /sa-east-kafka/.test(canary.output);
  console.log(
    caught ? '  ✓ a region more in the topology is caught' : '  ✗ a region more in the topology is NOT caught',
  );
  const passed = Number(ok) + Number(caught);
  return { passed, failed: 2 - passed };
}

const CHECKS = { lint, types, fences, topology };

mkdirSync(reports, { recursive: true });
const rows = [];
for (const name of chosen) {
  if (stopped) break;
  const started = performance.now();
  console.log(`\n── ${name}`);
  const counts = await (CHECKS[name] ?? tier)(name);
  rows.push({ name, ...counts, seconds: (performance.now() - started) / 1000 });
}

const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
console.log('');
for (const { name, names = [] } of rows) for (const failure of names) console.log(`✗ ${name}: ${failure}`);
for (const row of rows)
  console.log(
    `${row.name.padEnd(10)} ${String(row.passed).padStart(5)} passed ${String(row.failed).padStart(4)} failed ${row.seconds.toFixed(1).padStart(7)} s`,
  );
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 && rows.length === chosen.length ? 0 : 1;
