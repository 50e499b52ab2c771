import { DatabaseProbe, Health } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';

/** Without its database this region has no vote; its readiness depends on no other region. */
@Injectable()
export class DatabaseHealth extends DatabaseProbe {
  constructor({ databaseUrl }: ControlConfig, health: Health) {
    super(databaseUrl, 'control-probe');
    health.register({
      name: 'database',
      waitingFor: async () => {
        await this.ask();
        return undefined;
      },
    });
  }
}
