import { randomUUID } from 'node:crypto';
import {
  createProduct,
  deployment,
  expectConvergence,
  knownEverywhere,
  meridian,
  type Operation,
  regions,
  startWorkload,
  TEST_PORT_OFFSET,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LEAVES = 'eu-west';
const sku = `LIFE-${randomUUID().slice(0, 8).toUpperCase()}`;
const at = deployment === 'local' ? ['--port-offset', String(TEST_PORT_OFFSET)] : [];

interface Reported {
  table: { regions: Record<string, { state: string; weight: number }> };
  steps: { step: string; tookMs: number }[];
  rpo?: { writes: number };
  seconds: number;
}

async function operate(...args: string[]): Promise<Reported> {
  const { code, stdout, stderr } = await meridian(...args, '--json', ...at);
  expect(code, `meridian ${args.join(' ')}: ${stderr}`).toBe(0);
  return JSON.parse(stdout);
}

/** A careful client may ask again; here nobody had to. */
const failed = (history: readonly Operation[]) =>
  history.filter(({ outcome, attempts }) => outcome !== 'ok' || attempts > 1);
const stepsOf = ({ steps }: Reported) => steps.map(({ step, tookMs }) => `${step} ${tookMs} ms`).join(', ');
const workAt = () => startWorkload({ regions, sku, clients: 2, everyMs: 50, patienceMs: 20_000 });

beforeAll(async () => {
  await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, 100_000])));
  await knownEverywhere(`/products/${sku}`);
});

const MODES = [
  { how: 'in active-active', mode: ['active-active'], servesAgain: true },
  { how: 'as the primary of active-passive', mode: ['active-passive', '--primary', LEAVES], servesAgain: false },
];

describe.each(MODES)(`${LEAVES} is evacuated $how and comes back, under orders everywhere`, ({ mode, servesAgain }) => {
  beforeAll(async () => {
    // In force already, it is refused, and that is as well.
    await meridian('mode', ...mode, ...at);
    await eventually(async () => expect(await modeNow()).toBe(mode[0]), { withinMs: 15_000 });
  });
  afterAll(async () => {
    // Whatever failed: the specs after this one find every region in traffic.
    await meridian('region', 'activate', LEAVES, ...at);
    await meridian('failback', LEAVES, '--hold', '1', ...at);
    await meridian('mode', 'active-active', ...at);
  });

  it('I8 evacuates it without a failed request, and the others have all that it wrote', async () => {
    const workload = workAt();
    await eventually(() => expect(workload.history.filter(isFrom).length).toBeGreaterThan(20), { withinMs: 15_000 });
    const evacuated = await operate('evacuate', LEAVES);
    const history = await workload.stop();
    console.log(`  evacuated in ${evacuated.seconds} s under ${history.length} orders: ${stepsOf(evacuated)}`);

    expect(evacuated.rpo?.writes).toBe(0);
    expect(evacuated.table.regions[LEAVES]?.state).toBe('evacuated');
    expect(failed(history)).toEqual([]);
    expect((await viaEdge(LEAVES, `/products/${sku}`)).headers['x-meridian-region']).not.toBe(LEAVES);
  });

  it('refuses to evacuate it once more, in one sentence and before anything has moved', async () => {
    const again = await meridian('evacuate', LEAVES, ...at);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/^eu-west is evacuated and [^\n]+\.\n$/) });
  });

  it('I8 fails back without a failed request, and all regions are equal', async () => {
    const workload = workAt();
    const back = await operate('failback', LEAVES, '--hold', '1');
    if (servesAgain)
      await eventually(() => expect(workload.history.slice(-40).some(isFrom)).toBe(true), { withinMs: 15_000 });
    const history = await workload.stop();
    console.log(`  back after ${back.seconds} s under ${history.length} orders: ${stepsOf(back)}`);

    expect(back.table.regions[LEAVES]).toMatchObject({ state: 'active', weight: 1 });
    expect(failed(history)).toEqual([]);
    await expectConvergence(30_000);
  });
});

async function modeNow(): Promise<string> {
  const { stdout } = await meridian('mode', '--json', ...at);
  return JSON.parse(stdout).table.mode.kind;
}

function isFrom({ servedBy }: Operation): boolean {
  return servedBy === LEAVES;
}
