import {
  type AcceptorAnswer,
  type AcceptRequest,
  acceptRequest,
  type ConfirmationResponse,
  type DecidedRequest,
  decidedRequest,
  epochParam,
  type PrepareRequest,
  type Proposal,
  prepareRequest,
} from '@meridian/contracts';
import { accept, prepare } from '@meridian/epochs';
import { ProblemError, validated } from '@meridian/service-kit';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { confirm } from '../domain/confirm.ts';
import { AcceptorStore } from '../persistence/acceptor-store.ts';
import { DecidedStore } from '../persistence/decided-store.ts';
import { KnownTable } from '../routing-table/known-table.ts';

/** What the controls of other regions ask of this one: its votes. The edge does not route it. */
@Controller('epochs/:epoch')
export class EpochsController {
  constructor(
    private readonly acceptor: AcceptorStore,
    private readonly decided: DecidedStore,
    private readonly known: KnownTable,
  ) {}

  @Post('prepare')
  @HttpCode(200)
  prepare(
    @Param('epoch', validated(epochParam)) epoch: number,
    @Body(validated(prepareRequest)) { ballot }: PrepareRequest,
  ): Promise<AcceptorAnswer> {
    mustBeVotedOn(epoch);
    return this.acceptor.step(epoch, (state) => prepare(state, ballot));
  }

  @Post('accept')
  @HttpCode(200)
  accept(
    @Param('epoch', validated(epochParam)) epoch: number,
    @Body(validated(acceptRequest)) { ballot, proposal }: AcceptRequest,
  ): Promise<AcceptorAnswer> {
    mustBeOf(epoch, proposal);
    return this.acceptor.step(epoch, (state) => accept(state, ballot, proposal));
  }

  @Post('decided')
  @HttpCode(200)
  async learn(
    @Param('epoch', validated(epochParam)) epoch: number,
    @Body(validated(decidedRequest)) { proposal }: DecidedRequest,
  ): Promise<{ newestEpoch: number }> {
    mustBeOf(epoch, proposal);
    await this.known.learn(proposal);
    return { newestEpoch: this.known.table.epoch };
  }

  @Get('confirmation')
  async confirm(@Param('epoch', validated(epochParam)) epoch: number): Promise<ConfirmationResponse> {
    return confirm(epoch, await this.decided.howFar());
  }
}

function mustBeVotedOn(epoch: number): void {
  if (epoch > 0) return;
  throw new ProblemError('invalid-request', { detail: 'Epoch 0 is the first table: nobody votes on it.' });
}

function mustBeOf(epoch: number, { table }: Proposal): void {
  mustBeVotedOn(epoch);
  if (table.epoch === epoch) return;
  const detail = `The table says that it is epoch ${table.epoch}, and the path says ${epoch}.`;
  throw new ProblemError('invalid-request', { detail });
}
