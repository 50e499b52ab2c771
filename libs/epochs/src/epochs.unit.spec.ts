import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AcceptorReply,
  type AcceptorState,
  accept,
  type Ballot,
  backOffMs,
  beginAttempt,
  claimBallot,
  compareBallots,
  formatBallot,
  joinAfter,
  learn,
  type Proposer,
  prepare,
  takeReply,
  unlessAbstaining,
} from './index.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const at = (round: number, region = 'eu-west'): Ballot => ({ round, region });
const ballots = fc.record({ round: fc.integer({ min: 1, max: 5 }), region: fc.constantFrom(...REGIONS) });

/** An attempt of eu-west among three, after these answers. */
const after = (own: string | undefined, ...answers: [string, AcceptorReply<string>][]): Proposer<string> =>
  answers.reduce((p, [from, reply]) => takeReply(p, from, reply).proposer, beginAttempt(3, at(2), own).proposer);

describe('ballots', () => {
  it('are in one order, in which two are equal only if they are the same', () => {
    fc.assert(
      fc.property(ballots, ballots, ballots, (a, b, c) => {
        expect(Math.sign(compareBallots(a, b))).toBe(-Math.sign(compareBallots(b, a)) + 0);
        expect(compareBallots(a, b) === 0).toBe(formatBallot(a) === formatBallot(b));
        if (compareBallots(a, b) < 0 && compareBallots(b, c) < 0) expect(compareBallots(a, c)).toBeLessThan(0);
      }),
    );
  });

  it('are given once by the acceptor of their region, whatever it has promised to whom', () => {
    fc.assert(
      fc.property(fc.array(fc.option(ballots, { nil: undefined }), { maxLength: 20 }), (asked) => {
        let state: AcceptorState<string> = {};
        const claimed: string[] = [];
        for (const ballot of asked) {
          const step = ballot ? prepare(state, ballot) : claimBallot(state, 'eu-west', 1);
          state = step.state;
          if (!ballot && step.reply.kind === 'promised') claimed.push(formatBallot(step.reply.ballot));
          else if (!ballot) expect.fail('an acceptor refused a ballot of its own');
        }
        expect(new Set(claimed).size).toBe(claimed.length);
      }),
    );
  });
});

describe('an acceptor', () => {
  const promised = prepare({} as AcceptorState<string>, at(3)).state;

  it('takes part in nothing below the ballot that it promised', () => {
    expect(prepare(promised, at(2)).reply).toEqual({ kind: 'refused', ballot: at(2), promised: at(3) });
    expect(accept(promised, at(3, 'ap-southeast'), 'x').reply.kind).toBe('refused');
    expect(accept(promised, at(2), 'x').state).toBe(promised);
  });

  it('answers a question that came twice the same again', () => {
    expect(prepare(promised, at(3))).toEqual({ state: promised, reply: { kind: 'promised', ballot: at(3) } });
    const accepted = accept(promised, at(3), 'x');
    expect(accept(accepted.state, at(3), 'x')).toEqual(accepted);
  });

  it('says what it has accepted to whoever asks later', () => {
    const { state } = accept(promised, at(3), 'x');
    expect(prepare(state, at(4)).reply).toMatchObject({ accepted: { ballot: at(3), value: 'x' } });
  });

  it('never goes back below a promise, in whatever order it is asked what', () => {
    const request = fc.record({ ballot: ballots, accepts: fc.boolean() });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        let state: AcceptorState<string> = {};
        for (const { ballot, accepts } of requests) {
          const before = state.promised;
          const step = accepts ? accept(state, ballot, formatBallot(ballot)) : prepare(state, ballot);
          state = step.state;
          if (before) expect(compareBallots(state.promised as Ballot, before)).toBeGreaterThanOrEqual(0);
          if (before && compareBallots(ballot, before) < 0) expect(step.reply.kind).toBe('refused');
        }
      }),
    );
  });

  it('tells a decision instead of voting, and keeps the first that it was told', () => {
    const state = learn(learn(promised, 'x'), 'y');
    for (const { reply } of [prepare(state, at(9)), accept(state, at(9), 'z'), claimBallot(state, 'eu-west')])
      expect(reply).toEqual({ kind: 'decided', value: 'x' });
  });
});

describe('a proposer', () => {
  const promise = (accepted?: { ballot: Ballot; value: string }): AcceptorReply<string> => ({
    ...{ kind: 'promised', ballot: at(2) },
    ...(accepted && { accepted }),
  });

  it('asks for its own value when a majority has accepted none', () => {
    expect(after('mine', ['us-east', promise()]).phase).toBe('preparing');
    expect(after('mine', ['us-east', promise()], ['us-east', promise()]).phase).toBe('preparing');
    expect(after('mine', ['us-east', promise()], ['eu-west', promise()])).toMatchObject({
      ...{ phase: 'accepting', value: 'mine' },
    });
  });

  it('asks for the value of the highest ballot that a majority tells of, instead of its own', () => {
    const early = promise({ ballot: at(1, 'ap-southeast'), value: 'early' });
    const late = promise({ ballot: at(1, 'us-east'), value: 'late' });
    for (const answers of [
      [early, late],
      [late, early],
    ] as const)
      expect(after('mine', ['us-east', answers[0]], ['eu-west', answers[1]])).toMatchObject({ value: 'late' });
  });

  it('has decided by the votes of a majority, each acceptor counted once', () => {
    const voting = [
      ['us-east', promise()],
      ['eu-west', promise()],
    ] as [string, AcceptorReply<string>][];
    const vote: AcceptorReply<string> = { kind: 'accepted', ballot: at(2) };
    expect(after('mine', ...voting, ['us-east', vote], ['us-east', vote]).phase).toBe('accepting');
    expect(after('mine', ...voting, ['us-east', vote], ['ap-southeast', vote])).toMatchObject({
      ...{ phase: 'decided', value: 'mine', by: 'votes', votes: 2 },
    });
    const stale: AcceptorReply<string> = { kind: 'accepted', ballot: at(1) };
    expect(after('mine', ...voting, ['us-east', stale], ['ap-southeast', stale]).phase).toBe('accepting');
  });

  it('ends when it is outbid, when it is told the decision, and when there is nothing to finish', () => {
    const refusal: AcceptorReply<string> = { kind: 'refused', ballot: at(2), promised: at(5, 'us-east') };
    expect(after('mine', ['us-east', refusal])).toMatchObject({ phase: 'outbid', promised: at(5, 'us-east') });
    expect(after('mine', ['us-east', { kind: 'decided', value: 'theirs' }])).toMatchObject({ by: 'told' });
    expect(after(undefined, ['us-east', promise()], ['eu-west', promise()]).phase).toBe('nothing-to-finish');
  });
});

describe('an acceptor without memory', () => {
  const others = ['us-east', 'ap-southeast'];

  it('may vote only once all others have said how far they have come, and after that', () => {
    expect(joinAfter(others, new Map([['us-east', 7]]))).toBeUndefined();
    expect(joinAfter(others, new Map([...others.entries()].map(([i, other]) => [other, 7 + i])))).toBe(8);
    expect(joinAfter([], new Map())).toBe(0);
  });

  it('abstains until then, but tells what it knows to be decided', () => {
    const ask = (epoch: number, joinedAfter: number | undefined, state: AcceptorState<string> = {}) =>
      unlessAbstaining(epoch, joinedAfter, state, (known) => prepare(known, at(1))).reply.kind;
    expect([ask(8, undefined), ask(8, 8), ask(9, 8)]).toEqual(['abstained', 'abstained', 'promised']);
    expect(ask(8, undefined, { decided: { value: 'x' } })).toBe('decided');
  });

  it('counts for nothing with a proposer', () => {
    const begun = beginAttempt(3, at(2), 'mine').proposer;
    expect(takeReply(begun, 'us-east', { kind: 'abstained' }).proposer).toBe(begun);
  });
});

it('a pause doubles from a tenth of a second to a minute, and is never nothing', () => {
  expect([0, 1, 5, 40].map((attempts) => backOffMs(attempts, 1))).toEqual([100, 200, 3_200, 60_000]);
  expect(backOffMs(0, 0)).toBe(25);
});
