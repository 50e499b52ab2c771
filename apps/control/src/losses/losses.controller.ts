import type { LossResponse } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { LossStore } from './loss-store.ts';

/** What this region had of one that failed. */
@Controller('losses')
export class LossesController {
  constructor(
    private readonly config: ControlConfig,
    private readonly store: LossStore,
  ) {}

  @Get(':region')
  async latest(@Param('region') region: string): Promise<LossResponse> {
    const loss = await this.store.latest(region);
    if (loss) return { ...loss, notedBy: this.config.region };
    throw new ProblemError('not-found', { detail: 'No failure of such a region was noted here.' });
  }
}
