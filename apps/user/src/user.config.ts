import { RegionalServiceConfig, readServiceConfig, regionalServiceEnvironment } from '@meridian/service-kit/process';
import { z } from 'zod';

const environment = regionalServiceEnvironment.extend({
  /**
   * The key of the digests that stand for e-mail addresses in claims: the same in every region, and a secret wherever the
   * users are real. The default is for running it on one machine. With another key no claim made before is found again.
   */
  EMAIL_DIGEST_KEY: z.string().min(16).default('for local use only, no secret'),
});

/** What this process was told. */
export class UserConfig extends RegionalServiceConfig {
  readonly emailDigestKey: string;

  constructor(env: z.infer<typeof environment>) {
    super(env);
    this.emailDigestKey = env.EMAIL_DIGEST_KEY;
  }
}

/** Ends the process with one plain sentence when the environment is not right. */
export const readUserConfig = () => readServiceConfig(environment, UserConfig, process.env);
