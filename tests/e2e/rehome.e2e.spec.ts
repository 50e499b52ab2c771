import {
  type Answer,
  deployment,
  meridian,
  regions,
  registerUser,
  TEST_PORT_OFFSET,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { describe, expect, it } from 'vitest';

const [FROM, TO] = ['eu-west', 'ap-southeast'] as const;
const at = deployment === 'local' ? ['--port-offset', String(TEST_PORT_OFFSET)] : [];
const strong = { 'x-meridian-consistency': 'strong' };
const NEVER_SERVED: readonly string[] = regions.filter((region) => region !== FROM && region !== TO);

describe(`a person who was registered in ${FROM} moves to ${TO} under strong reads and writes`, () => {
  it('decided once, served there from then on, and nobody reads less than was acknowledged before', async () => {
    const { body } = await registerUser(FROM, '0');
    const path = `/users/${body.id}`;
    await eventually(
      async () => {
        for (const region of regions) expect((await viaEdge(region, path)).status).toBe(200);
      },
      { withinMs: 15_000 },
    );

    let [isMoved, acknowledged] = [false, 0];
    const answers: { atMs: number; servedBy: string | undefined; ok: boolean }[] = [];
    const stale: string[] = [];
    const heed = (answer: Answer) => {
      const ok = answer.status === 200;
      if (!ok) expect([answer.status, answer.body.type]).toEqual([503, 'urn:meridian:problem:consistency-unavailable']);
      answers.push({ atMs: performance.now(), servedBy: answer.headers['x-meridian-region'], ok });
      return ok;
    };
    const writing = (async () => {
      for (let n = 1; !isMoved; n += 1) {
        const region = regions[n % regions.length] ?? FROM;
        if (heed(await viaEdge(region, path, { method: 'PATCH', body: { name: String(n) }, headers: strong })))
          acknowledged = n;
      }
    })();
    const reading = regions.map(async (region) => {
      while (!isMoved) {
        const before = acknowledged;
        const answer = await viaEdge(region, path, { headers: strong });
        if (heed(answer) && Number(answer.body.name) < before) stale.push(`${answer.body.name} after ${before}`);
      }
    });
    await eventually(() => expect(acknowledged).toBeGreaterThan(5), { withinMs: 15_000 });
    const { code, stdout, stderr } = await meridian('rehome', body.id, '--to', TO, '--json', ...at);
    expect(code, stderr).toBe(0);
    const known = acknowledged;
    await eventually(() => expect(acknowledged).toBeGreaterThan(known + 5), { withinMs: 15_000 });
    isMoved = true;
    await Promise.all([writing, ...reading]);

    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ from: FROM, to: TO, knowing: expect.arrayContaining([...regions]), silent: [] });
    expect(stale).toEqual([]);
    const served = answers.filter(({ ok }) => ok);
    const refused = answers.filter(({ ok }) => !ok);
    const firstThere = served.find(({ servedBy }) => servedBy === TO)?.atMs ?? 0;
    expect(served.filter(({ servedBy }) => servedBy && NEVER_SERVED.includes(servedBy))).toEqual([]);
    const lastHere = served.findLast(({ servedBy }) => servedBy === FROM)?.atMs ?? 0;
    for (const region of regions)
      expect((await viaEdge(region, path, { headers: strong })).headers['x-meridian-region']).toBe(TO);
    console.log(
      `  ${answers.length} strong requests, ${refused.length} refused (503) during the move; the first at the new home ` +
        `${Math.round(firstThere - lastHere)} ms after the last at the old one`,
    );
  });

  it('says what it did, for people', async () => {
    const { body } = await registerUser(FROM, 'Ada');
    await eventually(async () => expect((await viaEdge(TO, `/users/${body.id}`)).status).toBe(200), {
      withinMs: 15_000,
    });
    const moved = await meridian('rehome', body.id, '--to', TO, ...at);
    console.log(moved.stdout);
    expect(moved).toMatchObject({ code: 0, stderr: '' });
    expect(moved.stdout).toMatch(/✓ move +[\d.]+ s {2}they were at home in eu-west, and are in ap-southeast\n✓ known /);
    expect(moved.stdout.trimEnd()).toMatch(/\n\nWhat is strong of [-0-9a-f]+ is decided in ap-southeast now\.$/);
  });

  it('refuses what cannot be, in one sentence', async () => {
    const { body } = await registerUser(FROM, 'Ada');
    const there = await meridian('rehome', body.id, '--to', FROM, ...at);
    expect(there).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The edge refused: [^\n]+already[^\n]+\n$/),
    });
    expect(await meridian('rehome', body.id, '--to', 'mars', ...at)).toMatchObject({
      ...{ code: 2, stderr: expect.stringMatching(/^There is no region "mars"[^\n]+\n$/) },
    });
    expect(await meridian('rehome', 'somebody', '--to', TO, ...at)).toMatchObject({ code: 2 });
  });
});
