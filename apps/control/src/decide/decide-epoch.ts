import { setTimeout as pause } from 'node:timers/promises';
import type { Proposal } from '@meridian/contracts';
import {
  type AcceptorReply,
  accept,
  backOffMs,
  beginAttempt,
  claimBallot,
  formatBallot,
  type Proposer,
  type ProposerStep,
  type Request,
  takeReply,
} from '@meridian/epochs';
import type { RegionId } from '@meridian/regions';
import { ATTRIBUTES, inSpan, tracer } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import { ControlConfig } from '../control.config.ts';
import { AcceptorStore } from '../persistence/acceptor-store.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { KnownTable } from '../routing-table/known-table.ts';

export type Outcome =
  | { kind: 'decided'; proposal: Proposal }
  /** `mayStillWin`: the own proposal was sent to be accepted, so somebody who finds it may finish it. */
  | { kind: 'no-majority'; mayStillWin: boolean }
  | { kind: 'nothing-to-finish' };

/** Who is outbid for so long has given up: an operator waits for the answer. */
const WITHIN_MS = 10_000;

type Attempt = { proposer: Proposer<Proposal>; wasSent: boolean };

/** The proposer of libs/epochs between real acceptors: this region's database, and the controls of the others. */
@Injectable()
export class DecideEpoch {
  readonly #here: RegionId;
  readonly #regions: readonly RegionId[];

  constructor(
    config: ControlConfig,
    private readonly acceptor: AcceptorStore,
    private readonly others: OtherControls,
    private readonly known: KnownTable,
  ) {
    this.#here = config.region;
    this.#regions = config.allRegions;
  }

  /** Has the epoch decided, with `own` or with what was accepted before; without `own` it only finishes what was begun. */
  decide(epoch: number, own: Proposal | undefined): Promise<Outcome> {
    const attributes = { [ATTRIBUTES.epoch]: epoch };
    return inSpan(tracer('control'), 'decide epoch', { attributes }, async (span) => {
      const outcome = await this.#untilEnded(epoch, own, span);
      if (outcome.kind === 'decided') await this.#tell(outcome.proposal);
      const isOwn = outcome.kind === 'decided' && outcome.proposal.id === own?.id;
      const ended = outcome.kind !== 'decided' ? outcome.kind : isOwn ? 'won' : 'superseded';
      span.setAttribute(ATTRIBUTES.epochOutcome, ended);
      return outcome;
    });
  }

  async #untilEnded(epoch: number, own: Proposal | undefined, span: Span): Promise<Outcome> {
    const deadline = performance.now() + WITHIN_MS;
    let mayStillWin = false;
    for (let attempts = 1, round = 1; ; attempts += 1) {
      const { proposer, wasSent } = await this.#attempt(epoch, own, round);
      mayStillWin ||= wasSent && own !== undefined;
      span.setAttributes({
        [ATTRIBUTES.epochAttempts]: attempts,
        [ATTRIBUTES.epochBallot]: formatBallot(proposer.ballot),
      });
      switch (proposer.phase) {
        case 'decided':
          span.setAttribute(ATTRIBUTES.epochVotes, proposer.votes);
          return { kind: 'decided', proposal: proposer.value };
        case 'nothing-to-finish':
          return { kind: 'nothing-to-finish' };
        case 'outbid': {
          const pauseMs = backOffMs(attempts, Math.random());
          if (performance.now() + pauseMs > deadline) return { kind: 'no-majority', mayStillWin };
          span.addEvent('outbid', { [ATTRIBUTES.epochBallot]: formatBallot(proposer.promised) });
          await pause(pauseMs);
          round = proposer.promised.round + 1;
          break;
        }
        default:
          // All have answered that will.
          return { kind: 'no-majority', mayStillWin };
      }
    }
  }

  async #attempt(epoch: number, own: Proposal | undefined, atLeastRound: number): Promise<Attempt> {
    const claimed = await this.acceptor.step(epoch, (state) => claimBallot(state, this.#here, atLeastRound));
    // Known here as decided, or this region has no vote: there is no ballot, and none is needed.
    const ballot = claimed.kind === 'promised' ? claimed.ballot : { round: atLeastRound, region: this.#here };
    const begun = beginAttempt(this.#regions.length, ballot, own);
    let step: ProposerStep<Proposal> = takeReply(begun.proposer, this.#here, claimed);
    let wasSent = false;
    if (claimed.kind === 'abstained') return { proposer: step.proposer, wasSent };
    if (step.proposer.phase === 'preparing' && begun.ask)
      step = await this.#askAll(epoch, step.proposer, begun.ask, this.others.regions);
    if (step.proposer.phase === 'accepting' && step.ask) {
      wasSent = step.proposer.value.id === own?.id;
      step = await this.#askAll(epoch, step.proposer, step.ask, this.#regions);
    }
    return { proposer: step.proposer, wasSent };
  }

  /** One phase: resolves as soon as the answers have ended it, at the latest when no more will come. */
  #askAll(
    epoch: number,
    asking: Proposer<Proposal>,
    request: Request<Proposal>,
    regions: readonly RegionId[],
  ): Promise<ProposerStep<Proposal>> {
    return new Promise((resolve) => {
      let step: ProposerStep<Proposal> = { proposer: asking };
      const answers = regions.map(async (region) => {
        const reply = await this.#ask(region, epoch, request);
        if (!reply || step.proposer.phase !== asking.phase) return;
        step = takeReply(step.proposer, region, reply);
        if (step.proposer.phase !== asking.phase) resolve(step);
      });
      void Promise.all(answers).then(() => resolve(step));
    });
  }

  /** A region that cannot answer has no vote; that may be this one. */
  #ask(region: RegionId, epoch: number, request: Request<Proposal>): Promise<AcceptorReply<Proposal> | undefined> {
    if (region !== this.#here) return this.others.ask(region, epoch, request);
    if (request.kind !== 'accept') return Promise.resolve(undefined);
    const voted = this.acceptor.step(epoch, (state) => accept(state, request.ballot, request.value));
    return voted.catch(() => undefined);
  }

  /** This region first. The others hear of it in their own time: who is away asks when it is back. */
  async #tell(decided: Proposal): Promise<void> {
    await this.known.learn(decided);
    for (const region of this.others.regions) void this.others.tellDecided(region, decided);
  }
}
