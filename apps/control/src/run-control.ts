import { startService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { readControlConfig } from './control.config.ts';
import { ControlModule } from './control.module.ts';

const config = readControlConfig();
const logger = createLogger('control', { level: config.logLevel, region: config.region });
await startService({ name: 'control', module: ControlModule.told(config), config, logger });
