import { RegionalServiceConfig, readServiceConfig, regionalServiceEnvironment } from '@meridian/service-kit/process';

/** What this process was told. */
export class UserConfig extends RegionalServiceConfig {}

/** Ends the process with one plain sentence when the environment is not right. */
export const readUserConfig = () => readServiceConfig(regionalServiceEnvironment, UserConfig, process.env);
