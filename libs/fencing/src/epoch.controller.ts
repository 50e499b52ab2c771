import { type EpochResponse, HEADERS, type TellEpochRequest, tellEpochRequest } from '@meridian/contracts';
import { ProblemError, ServiceContext, validated } from '@meridian/service-kit';
import { Body, Controller, Get, HttpCode, Put } from '@nestjs/common';
import { Epochs } from './epochs.ts';
import { mayTakeWrite } from './may-serve.ts';

/** What the control of this region tells its services. The edge does not route it. */
@Controller('epoch')
export class EpochController {
  constructor(
    private readonly epochs: Epochs,
    private readonly context: ServiceContext,
  ) {}

  @Get()
  find(): EpochResponse {
    const { region, known, isCurrent, nowMs } = this.epochs;
    const { table, leaseUntilMs } = known;
    return {
      ...{ service: this.context.name, region, epoch: table.epoch, mode: table.mode.kind },
      state: table.regions[region]?.state ?? null,
      takesWrites: isCurrent && mayTakeWrite(known, { region, epoch: undefined, nowMs: nowMs() }).ok,
      leaseUntil: leaseUntilMs === undefined ? null : new Date(leaseUntilMs).toISOString(),
    };
  }

  @Put()
  @HttpCode(200)
  async tell(@Body(validated(tellEpochRequest)) told: TellEpochRequest): Promise<EpochResponse> {
    const learnt = await this.epochs.tell(told);
    if (learnt.ok) return this.find();
    const { epoch } = this.epochs.table;
    if (learnt.reason === 'TwoTablesOfOneEpoch')
      this.context.logger.error({ epoch, table: told.table }, 'another table of an epoch that is known was refused');
    const detail =
      learnt.reason === 'StaleEpoch'
        ? `Epoch ${told.table.epoch} is over: ${epoch} is known here.`
        : `Another table is known here under epoch ${epoch}.`;
    throw new ProblemError('stale-epoch', { detail }, { [HEADERS.epoch]: String(epoch) });
  }
}
