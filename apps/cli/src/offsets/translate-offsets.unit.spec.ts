import { readFileSync } from 'node:fs';
import { localAddresses, parseTopology } from '@meridian/regions';
import { expect, test } from 'vitest';
import type { Answer, Call, Unreachable } from '../instance/http.ts';
import { createProgram } from '../program.ts';
import type { Session } from '../session.ts';
import { createPaint } from '../terminal/terminal.ts';
import { addOffsetsCommand } from './offsets.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);
const translated = (members: { from: number; to: number }, applied = false): Answer => ({
  ...{ ok: true, status: 200, headers: {} },
  body: { group: 'reports', from: 'us-east', to: 'eu-west', members, applied, positions: [], withoutCounterpart: [] },
});
const refusal = (status: number, detail: string): Answer => ({ ok: true, status, headers: {}, body: { detail } });
const refused = refusal(503, 'Nothing was translated: it is away.');
const UNREACHABLE: Unreachable = { ok: false, reason: 'refused', detail: 'nothing listens there' };
const NOBODY = { from: 0, to: 0 };

/** Runs a command line; the replicators answer one thing after the other. */
async function run(args: string[], ...answers: (Answer | Unreachable)[]) {
  const [asked, said, errors]: [Call[], string[], string[]] = [[], [], []];
  const session = {
    ...{ topology, addresses: localAddresses(topology, 0), portOffset: 0, json: false },
    http: {
      call: async (call: Call) => {
        asked.push(call);
        return answers.shift() ?? refused;
      },
    },
    terminal: {
      ...{ width: 120, paint: createPaint(false) },
      line: (line: string) => said.push(line),
      errorLine: (line: string) => errors.push(line),
    },
  } as unknown as Session;
  const program = createProgram(
    (work) => async (options) => work(session, options as never, []),
    [addOffsetsCommand],
  ).configureOutput({ writeErr: () => undefined });
  const failure = await program.parseAsync(['offsets', 'translate', ...args], { from: 'user' }).then(
    () => undefined,
    (why: Error) => why.message,
  );
  return { asked, said, errors, failure };
}

const move = ['--group', 'reports', '--from', 'us-east', '--to', 'eu-west'];

test('asks the replicator of the region that the group moves to, and commits nothing unless told to', async () => {
  const { asked, said } = await run(move, translated(NOBODY));
  expect(asked).toEqual([
    expect.objectContaining({
      url: 'http://127.0.0.1:22004/offsets/translate',
      body: { group: 'reports', from: 'us-east', apply: false },
    }),
  ]);
  expect(said.at(-1)).toContain('Nothing was committed');
});

test('names the topics that it is told, and commits when it is told to', async () => {
  const { asked } = await run([...move, '--topic', 'a.v1', 'b.v1', '--apply'], translated(NOBODY, true));
  expect(asked[0]?.body).toEqual({ group: 'reports', from: 'us-east', apply: true, topics: ['a.v1', 'b.v1'] });
});

test.each([
  ['a region that there is not', ['--to', 'mars'], 'There is no region "mars"'],
  ['one region twice', ['--to', 'us-east'], '"us-east" is named twice'],
  ['a time between that is none', ['--every', 'soon'], '--every takes seconds from 1 to 3600, not "soon".'],
])('%s is refused in a sentence, and nobody is asked', async (_what, args, sentence) => {
  const { asked, failure } = await run([...move, ...args]);
  expect(failure).toContain(sentence);
  expect(asked).toEqual([]);
});

test('what the replicator refuses is the failure', async () =>
  expect((await run(move, refused)).failure).toBe(
    'eu-west/replicator refused: Nothing was translated: it is away (HTTP 503).',
  ));

test('kept translated, it goes on through an outage, and is done once the group is read there: nothing is committed then', async () => {
  const { asked, said, errors, failure } = await run(
    [...move, '--apply', '--every', '1'],
    ...[translated(NOBODY), translated(NOBODY, true)],
    refused,
    translated({ from: 0, to: 2 }),
  );
  expect(failure).toBeUndefined();
  expect(asked.map(({ body }) => (body as { apply: boolean }).apply)).toEqual([false, true, false, false]);
  expect(errors).toEqual(['eu-west/replicator refused: Nothing was translated: it is away (HTTP 503).']);
  expect(said.map((line) => line.slice(10))).toEqual([
    '0 positions committed, 0 unread in eu-west',
    'reports is read in eu-west now.',
  ]);
});

test('kept translated, it waits for a replicator that is not reached, and for a group that is read just now to be said so', async () => {
  const isLive: Answer = { ok: true, status: 200, headers: {}, body: {} };
  const { errors, failure } = await run(
    [...move, '--apply', '--every', '1'],
    ...[UNREACHABLE, isLive, isLive],
    ...[translated(NOBODY), refusal(409, 'In eu-west the group has members already.')],
    translated({ from: 0, to: 2 }),
  );
  expect(failure).toBeUndefined();
  expect(errors).toEqual([
    expect.stringContaining('eu-west/replicator does not answer'),
    'eu-west/replicator refused: In eu-west the group has members already (HTTP 409).',
  ]);
});

test('kept translated, it ends with a refusal that no waiting changes', async () => {
  const nothingRead = refusal(404, 'In us-east the group reports has committed nothing.');
  const { asked, failure } = await run([...move, '--every', '1'], nothingRead, translated({ from: 0, to: 2 }));
  expect(failure).toBe('eu-west/replicator refused: In us-east the group reports has committed nothing (HTTP 404).');
  expect(asked).toHaveLength(1);
});
