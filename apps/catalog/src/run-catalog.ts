import { startService } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { readCatalogConfig } from './catalog.config.ts';
import { CatalogModule } from './catalog.module.ts';

const config = readCatalogConfig();
const logger = createLogger('catalog', { level: config.logLevel, region: config.region });
await startService({ name: 'catalog', module: CatalogModule.told(config), config, logger });
