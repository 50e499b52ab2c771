import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { whilePassing } from './while-passing.ts';

/** As kafkajs itself makes them of a broker's answers. */
const require = createRequire(import.meta.url);
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};
const { parse } = require('kafkajs/src/protocol/requests/createTopics/v0/response.js') as {
  parse(answer: { topicErrors: { topic: string; errorCode: number }[] }): Promise<unknown>;
};
const createRetry = require('kafkajs/src/retry/index.js') as (
  options: object,
) => (ask: () => Promise<never>) => Promise<never>;

const CODES = { ok: 0, notLeader: 6, invalidTopic: 17, alreadyThere: 36, notController: 41 };
const PASSING = new Set(['NOT_LEADER_FOR_PARTITION', 'NOT_CONTROLLER', 'TOPIC_ALREADY_EXISTS']);

const refused = (code: number) => Promise.reject(createErrorFromCode(code));
const triedInVain = (code: number) => createRetry({ retries: 0 })(() => refused(code));
const topicsRefused = (...codes: number[]) =>
  parse({ topicErrors: codes.map((errorCode, i) => ({ topic: `t${i}`, errorCode })) });

/** Answers with each of these in turn, and then well; says how often it was asked. */
function cluster(...answers: (() => Promise<unknown>)[]) {
  let asked = 0;
  const ask = async () => {
    await answers[asked++]?.();
    return 'done';
  };
  return { ask, asked: () => asked };
}

it('a cluster that does not know yet who leads is asked again until it does', async () => {
  const settling = cluster(
    () => refused(CODES.notLeader),
    () => triedInVain(CODES.notController),
    () => topicsRefused(CODES.notController, CODES.ok, CODES.alreadyThere),
  );
  expect(await whilePassing(PASSING, 10_000, settling.ask)).toBe('done');
  expect(settling.asked()).toBe(4);
});

it('what does not pass by itself is said at once, also when it is one of several reasons', async () => {
  for (const answer of [
    () => refused(CODES.invalidTopic),
    () => topicsRefused(CODES.notController, CODES.invalidTopic),
    () => Promise.reject(new Error('no answer')),
  ]) {
    const refusing = cluster(answer);
    await expect(whilePassing(PASSING, 10_000, refusing.ask)).rejects.toThrow();
    expect(refusing.asked()).toBe(1);
  }
});

it('a cluster that stays so is not asked for ever', async () => {
  const always = { ask: () => refused(CODES.notLeader) };
  await expect(whilePassing(PASSING, 50, always.ask)).rejects.toThrow('not the leader');
});
