import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The dependency fences, each shown to work: it must pass on the code base, having seen it, and must fail on a canary
 * that breaks it. Prints one line per check and, last, how many passed and failed. Exit code 1 when one failed.
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const MODULES_AT_LEAST = 150;

let passed = 0;
let failed = 0;
const check = (rule, holds, why) => {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`  ${holds ? '✓' : '✗'} ${rule}`);
  if (!holds) console.log(String(why).replace(/^/gm, '      '));
};

const cruise = (...targets) => {
  const result = spawnSync(
    bin('depcruise'),
    ['--output-type', 'json', '--config', '.dependency-cruiser.cjs', ...targets],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  try {
    return JSON.parse(result.stdout).summary;
  } catch {
    throw new Error(`dependency-cruiser did not answer: ${result.stderr || result.stdout || result.error}`);
  }
};

const told = (summary) => summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`).join('\n');

function imports() {
  const real = cruise(
    'apps',
    'libs',
    'infra',
    'tests/harness',
    'tests/e2e',
    'tests/drills',
    'tests/compose',
    'tests/simulation',
    'tests/bench',
  );
  check('every import keeps to the fences', real.violations.length === 0, told(real));
  check(
    `the cruise saw the code base (${real.totalCruised} modules)`,
    real.totalCruised >= MODULES_AT_LEAST,
    `only ${real.totalCruised} modules were seen: a fence that sees nothing finds nothing`,
  );

  const canary = cruise('tests/fences/canary');
  const caught = new Set(canary.violations.map((v) => v.rule.name));
  for (const rule of [
    'pure-stays-pure',
    'pure-needs-no-machine',
    'kafkajs-behind-one-lib',
    'libs-know-no-app',
    'no-app-imports-an-app',
    'no-circular',
    'domain-stays-pure',
    'domain-knows-no-framework',
    'packages-by-their-front-door',
    'adapters-know-no-kit',
    'tests-are-black-box',
    'simulation-plays-domains',
    'resolvable',
  ])
    check(`the canary of ${rule} is caught`, caught.has(rule), `caught were only: ${[...caught].join(', ') || 'none'}`);
}

const boundaries = (cwd) => {
  const result = spawnSync(bin('turbo'), ['boundaries'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
  });
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` };
};

/** A repository of two packages under our own root turbo.json, where a pure one depends on an adapter. */
function brokenWorkspace() {
  const dir = mkdtempSync(path.join(tmpdir(), 'meridian-canary-'));
  const write = (file, content) => {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const pkg = (name, tag, dependencies) => {
    write(`libs/${name}/package.json`, {
      name: `@canary/${name}`,
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      dependencies,
    });
    write(`libs/${name}/turbo.json`, { extends: ['//'], tags: [tag] });
  };
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  write('package.json', { name: 'canary', private: true, packageManager, workspaces: ['libs/*'] });
  cpSync(path.join(root, 'turbo.json'), path.join(dir, 'turbo.json'));
  write('tsconfig.base.json', {});
  pkg('broker', 'adapter', {});
  write('libs/broker/index.js', 'export const broker = 1;\n');
  pkg('clock', 'pure', { '@canary/broker': '*' });
  write('libs/clock/index.js', "export { broker } from '@canary/broker';\n");
  write('package-lock.json', {
    name: 'canary',
    lockfileVersion: 3,
    packages: {
      '': { name: 'canary', workspaces: ['libs/*'] },
      'libs/broker': { name: '@canary/broker', version: '1.0.0' },
      'libs/clock': { name: '@canary/clock', version: '1.0.0', dependencies: { '@canary/broker': '*' } },
      'node_modules/@canary/broker': { resolved: 'libs/broker', link: true },
      'node_modules/@canary/clock': { resolved: 'libs/clock', link: true },
    },
  });
  spawnSync('git', ['init', '-q'], { cwd: dir });
  return dir;
}

function packages() {
  const real = boundaries(root);
  check('every package keeps to its tag (turbo boundaries)', real.ok, real.output);
  const dir = brokenWorkspace();
  try {
    const canary = boundaries(dir);
    const caught = !canary.ok && canary.output.includes('without any tag listed in allowlist');
    check('the canary of turbo boundaries is caught', caught, canary.output);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A module that reads the environment has a second, unwritten configuration. */
function environment() {
  const readers = (folder) => {
    const where = ['--untracked', '-lE', 'process\\.env', '--', `${folder}apps/*.ts`, `${folder}libs/*.ts`];
    const { stdout } = spawnSync('git', ['grep', ...where], { cwd: root, encoding: 'utf8' });
    const allowed = /(\.config\.ts|\.spec\.ts|libs\/telemetry\/src\/register\.ts)$/;
    return stdout.split('\n').filter((file) => file && !allowed.test(file));
  };
  const real = readers('');
  check('process.env is read in *.config.ts alone', real.length === 0, real.join('\n'));
  const canary = readers('tests/fences/canary/');
  check('the canary of process.env is caught', canary.length === 1, `caught were ${canary.length} files`);
}

console.log('Fences');
imports();
packages();
environment();
console.log(`fences: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
