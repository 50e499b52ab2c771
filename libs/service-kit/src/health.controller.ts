import { Controller, Get } from '@nestjs/common';
import { Health } from './health.ts';
import { ProblemError } from './problem-error.ts';

@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  async ready() {
    const waitingFor = await this.health.waitingFor();
    if (waitingFor.length === 0) return { status: 'ready' };
    const detail = `Waiting for ${waitingFor.join(', ')}.`;
    throw new ProblemError('service-unavailable', { detail }, { 'retry-after': '1' });
  }
}
