import {
  type AcceptorState,
  type AcceptorStep,
  accept,
  backOffMs,
  beginAttempt,
  claimBallot,
  joinAfter,
  learn,
  type Proposer,
  type ProposerStep,
  prepare,
  type Request,
  RULES,
  type Rules,
  takeReply,
  unlessAbstaining,
} from '@meridian/epochs';
import { Kernel } from '../kernel/kernel.ts';
import type { Randomness } from '../kernel/randomness.ts';
import { EpochChecker, EpochFinding } from './epoch-checker.ts';
import type { EpochFault, EpochSchedule } from './epoch-schedule.ts';

/** An attempt that hears nothing for so long begins again: several times the longest ordinary round trip. */
const ATTEMPT_MS = 600;
const MAX_STEPS = 400_000;
const ENDS_WITHIN_MS = 600_000;

/** What a world can be made to do wrong, beside the rules of the protocol themselves. */
export interface EpochMistakes {
  rules: Rules;
  /** What of its memory an acceptor still has after a crash. */
  afterCrash(state: AcceptorState<string>): AcceptorState<string>;
  /** How a proposer comes by its ballot. */
  claim(state: AcceptorState<string>, region: string, atLeastRound: number): AcceptorStep<string>;
  /** After which epoch an acceptor whose disk was lost votes again. */
  join: typeof joinAfter;
}

export const NO_MISTAKES: EpochMistakes = {
  rules: RULES,
  afterCrash: (state) => state,
  claim: claimBallot,
  join: joinAfter,
};

export interface EpochRun {
  finding: EpochFinding | undefined;
  steps: number;
  /** Epochs that were decided. */
  epochs: number;
  /** Attempts that were outbid. */
  outbid: number;
  /** Proposals that ended with another's value. */
  superseded: number;
}

/** Plays a schedule to its end: the real steps of libs/epochs, between acceptors that crash and a network that errs. */
export function runEpochs(seed: number, schedule: EpochSchedule, mistakes: EpochMistakes = NO_MISTAKES): EpochRun {
  const world = new EpochWorld(seed, schedule, mistakes);
  const finding = world.run();
  const { steps } = world.kernel;
  return { finding, steps, epochs: world.checker.decided.size, outbid: world.outbid, superseded: world.superseded };
}

interface Region {
  readonly name: string;
  up: boolean;
  /** Survives a crash. */
  readonly epochs: Map<number, AcceptorState<string>>;
  newest: number;
  joinedAfter: number | undefined;
  /** Die with it. */
  proposals: Set<Proposal>;
}

interface Proposal {
  readonly id: string;
  readonly region: Region;
  readonly epoch: number;
  attempt: Proposer<string> | undefined;
  tries: number;
  giveUp: () => void;
}

class EpochWorld {
  readonly kernel: Kernel;
  readonly checker: EpochChecker;
  outbid = 0;
  superseded = 0;
  readonly #schedule: EpochSchedule;
  readonly #mistakes: EpochMistakes;
  readonly #regions: Region[];
  readonly #random: Randomness;
  readonly #cuts = new Set<ReadonlySet<string>>();

  constructor(seed: number, schedule: EpochSchedule, mistakes: EpochMistakes) {
    this.kernel = new Kernel(seed);
    this.#random = this.kernel.randomOf('network');
    this.checker = new EpochChecker(schedule.regions.length);
    this.#schedule = schedule;
    this.#mistakes = mistakes;
    this.#regions = schedule.regions.map((name) => ({
      ...{ name, up: true, epochs: new Map(), newest: 0, joinedAfter: 0, proposals: new Set<Proposal>() },
    }));
    for (const [i, { region, atMs }] of schedule.proposals.entries())
      this.kernel.after(atMs, () => this.#propose(`proposal ${i}`, this.#region(region)));
    for (const fault of schedule.faults) this.kernel.after(fault.atMs, () => this.#break(fault));
  }

  run(): EpochFinding | undefined {
    try {
      this.kernel.runUntil(ENDS_WITHIN_MS, { maxSteps: MAX_STEPS, stopAtRest: true });
      const open = this.#regions.flatMap(({ proposals }) => [...proposals]);
      if (open.length > 0) throw new EpochFinding('it ends after the heal', `${open.length} proposals are still open`);
      return undefined;
    } catch (failure) {
      if (failure instanceof EpochFinding) return failure;
      throw failure;
    }
  }

  #propose(id: string, region: Region): void {
    if (!region.up) return;
    const proposal = { id, region, epoch: region.newest + 1, attempt: undefined, tries: 0, giveUp: () => undefined };
    region.proposals.add(proposal);
    this.#attempt(proposal, 1);
  }

  #attempt(proposal: Proposal, atLeastRound: number): void {
    const { region, epoch } = proposal;
    if (!region.proposals.has(proposal)) return;
    if (!region.up) {
      this.#again(proposal, atLeastRound);
      return;
    }
    const { state, reply } = this.#vote(region, epoch, (known) =>
      this.#mistakes.claim(known, region.name, atLeastRound),
    );
    region.epochs.set(epoch, state);
    if (reply.kind === 'decided') {
      this.#end(proposal, reply.value);
      return;
    }
    if (reply.kind !== 'promised') {
      // It has no vote in this epoch, and says so.
      proposal.giveUp();
      region.proposals.delete(proposal);
      return;
    }
    const { ballot } = reply;
    const begun = beginAttempt(this.#regions.length, ballot, proposal.id);
    proposal.attempt = begun.proposer;
    proposal.giveUp();
    proposal.giveUp = this.kernel.after(ATTEMPT_MS, () => this.#again(proposal, ballot.round + 1));
    for (const to of this.#regions) if (to !== region && begun.ask) this.#send(proposal, to, begun.ask);
    this.#step(proposal, takeReply(begun.proposer, region.name, reply, this.#mistakes.rules));
  }

  #again(proposal: Proposal, atLeastRound: number): void {
    proposal.giveUp();
    proposal.tries += 1;
    const pauseMs = backOffMs(proposal.tries, this.#random.next());
    proposal.giveUp = this.kernel.after(pauseMs, () => this.#attempt(proposal, atLeastRound));
  }

  #step(proposal: Proposal, { proposer, ask }: ProposerStep<string>): void {
    const before = proposal.attempt;
    proposal.attempt = proposer;
    if (ask) for (const to of this.#regions) this.#send(proposal, to, ask);
    if (proposer === before) return;
    if (proposer.phase === 'decided') this.#end(proposal, proposer.value);
    if (proposer.phase === 'outbid' && before?.phase !== 'outbid') {
      this.outbid += 1;
      this.#again(proposal, proposer.promised.round + 1);
    }
  }

  #end(proposal: Proposal, value: string): void {
    const { region, epoch, id } = proposal;
    proposal.giveUp();
    region.proposals.delete(proposal);
    this.checker.said(epoch, value);
    if (value !== id) this.superseded += 1;
    for (const to of this.#regions) this.#carry(region, to, () => this.#learn(to, epoch, value));
  }

  #send(proposal: Proposal, to: Region, request: Request<string>): void {
    const { region: from, epoch } = proposal;
    this.#carry(from, to, () => {
      const { state, reply } = this.#ask(to, epoch, request);
      to.epochs.set(epoch, state);
      this.#answer(to, from, () => {
        if (from.proposals.has(proposal) && proposal.attempt)
          this.#step(proposal, takeReply(proposal.attempt, to.name, reply, this.#mistakes.rules));
      });
    });
  }

  #ask(to: Region, epoch: number, request: Request<string>): AcceptorStep<string> {
    const { rules } = this.#mistakes;
    if (request.kind === 'prepare') return this.#vote(to, epoch, (known) => prepare(known, request.ballot, rules));
    const step = this.#vote(to, epoch, (known) => accept(known, request.ballot, request.value, rules));
    if (step.reply.kind === 'accepted') this.checker.accepted(epoch, to.name, request.ballot, request.value);
    return step;
  }

  #vote(
    region: Region,
    epoch: number,
    take: (state: AcceptorState<string>) => AcceptorStep<string>,
  ): AcceptorStep<string> {
    return unlessAbstaining(epoch, region.joinedAfter, region.epochs.get(epoch) ?? {}, take);
  }

  #learn(region: Region, epoch: number, value: string): void {
    const known = region.epochs.get(epoch) ?? {};
    this.checker.noted(epoch, known.decided?.value, value);
    region.epochs.set(epoch, learn(known, value));
    region.newest = Math.max(region.newest, epoch);
  }

  /** A message: lost, late, twice, in any order, or cut; within a region it is a call that only a crash can lose. */
  #carry(from: Region, to: Region, arrive: () => void): void {
    this.#answer(from, to, () => {
      if (to.up) arrive();
    });
  }

  /** To a proposer, which needs no database in order to hear. */
  #answer(from: Region, to: Region, arrive: () => void): void {
    const { loss, duplication, delayMs, lateMs, lateness, healedMs } = this.#schedule;
    const isFaulty = this.kernel.nowMs < healedMs;
    const copies =
      from === to ? 1 : isFaulty && this.#random.chance(loss) ? 0 : this.#random.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const late = isFaulty && this.#random.chance(lateness) ? this.#random.next() * lateMs : 0;
      const takesMs = from === to ? 0 : delayMs * (0.5 + this.#random.next() / 2) + late;
      this.kernel.after(takesMs, () => {
        if (!this.#isCut(from, to)) arrive();
      });
    }
  }

  #isCut(from: Region, to: Region): boolean {
    for (const side of this.#cuts) if (side.has(from.name) !== side.has(to.name)) return true;
    return false;
  }

  #break(fault: EpochFault): void {
    if (fault.kind === 'cut') {
      const side = new Set(fault.regions);
      this.#cuts.add(side);
      this.kernel.after(fault.forMs, () => this.#cuts.delete(side));
      return;
    }
    const region = this.#region(fault.region);
    if (!region.up) return;
    region.up = false;
    const isWhole = fault.kind === 'disk-lost' || fault.whole;
    if (isWhole) {
      for (const proposal of region.proposals) proposal.giveUp();
      region.proposals.clear();
    }
    this.kernel.after(fault.forMs, () => {
      region.up = true;
      for (const [epoch, state] of region.epochs) region.epochs.set(epoch, this.#mistakes.afterCrash(state));
      // Whoever had asked for it asks again.
      if (fault.kind === 'disk-lost') this.#forget(region);
      else if (isWhole) this.#propose(`a proposal after the restart of ${region.name} at ${this.kernel.nowMs}`, region);
    });
  }

  #forget(region: Region): void {
    region.epochs.clear();
    region.newest = 0;
    region.joinedAfter = undefined;
    const heard = new Map<string, number>();
    const others = this.#regions.filter((other) => other !== region);
    const ask = () => {
      region.joinedAfter = this.#mistakes.join(
        others.map(({ name }) => name),
        heard,
      );
      if (region.joinedAfter !== undefined) {
        this.#propose(`a proposal after ${region.name} had lost its disk`, region);
        return;
      }
      for (const other of others)
        this.#carry(region, other, () => {
          const voted = [...other.epochs]
            .filter(([, state]) => state.promised ?? state.decided)
            .map(([epoch]) => epoch);
          const highest = Math.max(0, ...voted);
          this.#carry(other, region, () => {
            heard.set(other.name, highest);
            for (const [epoch, { decided }] of other.epochs) if (decided) this.#learn(region, epoch, decided.value);
          });
        });
      this.kernel.after(ATTEMPT_MS, ask);
    };
    ask();
  }

  #region(name: string): Region {
    const found = this.#regions.find((region) => region.name === name);
    if (!found) throw new Error(`There is no region "${name}".`);
    return found;
  }
}
