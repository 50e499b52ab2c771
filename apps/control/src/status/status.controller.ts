import type { ControlStatusResponse } from '@meridian/contracts';
import { Controller, Get } from '@nestjs/common';
import { WatchPrimary } from '../automatic-failover/watch-primary.ts';
import { ControlConfig } from '../control.config.ts';
import { HearRegions } from '../regions/hear-regions.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { Lease } from '../services/lease.ts';
import { TellServices } from '../services/tell-services.ts';

@Controller('status')
export class StatusController {
  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly regions: HearRegions,
    private readonly lease: Lease,
    private readonly services: TellServices,
    private readonly watch: WatchPrimary,
  ) {}

  @Get()
  status(): ControlStatusResponse {
    const { table } = this.known;
    return {
      region: this.config.region,
      table,
      caughtUp: this.regions.caughtUp,
      votesAfter: this.regions.votesAfter,
      leaseMs: this.lease.leftMs(table.epoch),
      primarySeen: this.watch.view ?? null,
      peers: [...this.regions.newestByRegion].map(([region, epoch]) => ({ region, epoch })),
      services: [...this.services.epochByService].map(([service, epoch]) => ({ service, epoch })),
    };
  }
}
