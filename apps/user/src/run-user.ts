import { startService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { readUserConfig } from './user.config.ts';
import { UserModule } from './user.module.ts';

const config = readUserConfig();
const logger = createLogger('user', { level: config.logLevel, region: config.region });
await startService({ name: 'user', module: UserModule.told(config), config, logger });
