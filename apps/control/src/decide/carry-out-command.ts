import { randomUUID } from 'node:crypto';
import type { Proposal } from '@meridian/contracts';
import { decideCommand, type RegionCommand, type RoutingTable } from '@meridian/regions';
import { ProblemError, ServiceContext } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { HearRegions } from '../regions/hear-regions.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { DecideEpoch, type Outcome } from './decide-epoch.ts';

/**
 * Makes an operator's command the next epoch, or says why not. Commands of one process take turns: they would only outbid
 * each other. Those of other processes do, and one of them wins.
 */
@Injectable()
export class CarryOutCommand {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly regions: HearRegions,
    private readonly epochs: DecideEpoch,
    private readonly context: ServiceContext,
  ) {}

  carryOut(command: RegionCommand, expectedEpoch: number | undefined): Promise<RoutingTable> {
    const mine = this.#turn.then(() => this.#carryOut(command, expectedEpoch));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #carryOut(command: RegionCommand, expectedEpoch: number | undefined): Promise<RoutingTable> {
    this.#mustBe(expectedEpoch);
    const { answered, isMajority } = await this.regions.hear((heard) => heard.isMajority);
    if (!isMajority) throw noMajority(`Of ${this.config.allRegions.length} regions ${answered} answered.`, false);
    this.#mustBe(expectedEpoch);
    const decision = decideCommand(this.known.table, command, Date.now());
    if (!decision.ok) {
      const { reason, detail } = decision;
      throw new ProblemError('refused-by-life-cycle', { detail, reason });
    }
    const { table } = decision;
    const own: Proposal = { id: randomUUID(), by: this.config.region, table };
    return this.#won(own, await this.epochs.decide(table.epoch, own));
  }

  #won(own: Proposal, outcome: Outcome): RoutingTable {
    const { epoch, reason } = own.table;
    if (outcome.kind !== 'decided') {
      const mayStillWin = outcome.kind === 'no-majority' && outcome.mayStillWin;
      const then = mayStillWin ? 'It may still come to be: look before you ask again.' : 'It was not begun.';
      throw noMajority(`Epoch ${epoch} (${reason}) was accepted by no majority. ${then}`, mayStillWin);
    }
    if (outcome.proposal.id !== own.id) throw superseded(outcome.proposal.table);
    this.context.logger.info({ epoch, reason }, 'decided');
    return outcome.proposal.table;
  }

  #mustBe(expectedEpoch: number | undefined): void {
    const { table } = this.known;
    if (expectedEpoch !== undefined && expectedEpoch !== table.epoch) throw superseded(table);
  }
}

/** Its `reason` tells a caller whether to ask elsewhere, or to look first. */
function noMajority(detail: string, mayStillWin: boolean): ProblemError {
  return new ProblemError('no-majority', { detail, reason: mayStillWin ? 'MayStillWin' : 'NotBegun' });
}

function superseded(table: RoutingTable): ProblemError {
  return new ProblemError('epoch-superseded', { detail: `Epoch ${table.epoch} is: ${table.reason}.`, table });
}
