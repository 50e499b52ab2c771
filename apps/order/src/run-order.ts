import { startService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { readOrderConfig } from './order.config.ts';
import { OrderModule } from './order.module.ts';

const config = readOrderConfig();
const logger = createLogger('order', { level: config.logLevel, region: config.region });
await startService({ name: 'order', module: OrderModule.told(config), config, logger });
