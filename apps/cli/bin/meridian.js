#!/usr/bin/env node
// Plain JavaScript that any Node can read: it says what is missing, moves onto the Node 24 that npm installed here,
// and only then loads the command.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As docs/adr/0008 has it; the libraries need zstd, which came with 22.15. */
const LEAST_NODE = 24;

const major = Number(process.versions.node.split('.')[0]);
const root = new URL('../../../', import.meta.url);
const bundledNode = fileURLToPath(new URL('node_modules/.bin/node', root));
const main = new URL('../dist/main.js', import.meta.url);

if (!existsSync(main)) {
  stopWith(
    `The meridian command is not built yet; run "npm start" (or "npm run build") in ${fileURLToPath(root)} first.`,
  );
} else if (major < LEAST_NODE && existsSync(bundledNode) && !process.env.MERIDIAN_REEXEC) {
  runOn(bundledNode);
} else if (major < LEAST_NODE) {
  stopWith(
    `meridian needs Node ${LEAST_NODE} or later and this is ${process.versions.node}; on Linux "npm ci" in ` +
      `${fileURLToPath(root)} brings it, elsewhere install it.`,
  );
} else {
  await import(main.href);
}

function stopWith(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}

function runOn(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, MERIDIAN_REEXEC: '1' },
  });
  // A terminal's Ctrl-C reaches both processes; the child decides when it is done. Other signals reach only this one.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stopWith(`${node} could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}
