import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canReadUsage, processUsage, proportionalBytes } from './process-usage.ts';

/** Burns 100 ms of CPU in a child of its own. */
const PARENT_AND_CHILD = `
const { fork } = require('node:child_process');
if (process.argv[2] === 'child') {
  while (process.cpuUsage().user < 100_000);
  process.send('burnt');
  setInterval(() => {}, 1_000);
} else {
  const child = fork(__filename, ['child']);
  child.on('message', () => process.send(child.pid));
  process.on('disconnect', () => { child.kill(); process.exit(); });
}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'meridian-usage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('CPU and memory of a process hold those of its children, where that can be read', async () => {
  const file = path.join(folder, 'parent-and-child.cjs');
  writeFileSync(file, PARENT_AND_CHILD);
  const parent = fork(file, { execArgv: [] });
  const pid = parent.pid as number;
  try {
    const [childPid] = await once(parent, 'message');
    if (!canReadUsage) return;
    const both = processUsage([pid, childPid]);
    const [usage, ofChild] = [both.get(pid), both.get(childPid)];
    expect(usage?.cpuMs).toBeGreaterThanOrEqual(100);
    // The parent is a Node as well, which holds no less than 10 MB whatever the machine pages out.
    expect(usage?.rssBytes).toBeGreaterThan((ofChild?.rssBytes ?? Number.NaN) + 10e6);
    const proportional = proportionalBytes([pid]).get(pid) as number;
    // They share the program, which both have in full in their resident memory.
    expect(proportional).toBeLessThan(usage?.rssBytes as number);
    expect(proportional).toBeGreaterThan(0);
  } finally {
    parent.disconnect();
  }
}, 20_000);

it('of a process that is not there nothing is told', () => {
  if (canReadUsage) expect(processUsage([2 ** 30]).size).toBe(0);
});
