import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import {
  type RegionsInTest,
  type ServiceInTest,
  startRegionsInTest,
  startServiceInTest,
} from '@meridian/replication/testing';
import { ClaimRegions } from './email-claims/claim-regions.ts';
import { SecureEmail } from './email-claims/secure-email.ts';
import { UserConfig } from './user.config.ts';
import { UserModule } from './user.module.ts';

const tested = {
  name: 'user' as const,
  appDir: path.join(import.meta.dirname, '..'),
  Config: UserConfig,
  moduleOf: (config: UserConfig) => UserModule.told(config),
  env: { EMAIL_DIGEST_KEY: 'of these tests alone and long enough' },
};

/** The service as `eu-west`. The other regions are names alone: nothing answers there. */
export const startUserInTest = (postgresUrl: string, brokers: string[]): Promise<ServiceInTest> =>
  startServiceInTest({ ...tested, postgresUrl, brokers });

/** The service in three regions. */
export const startUsers = (postgresUrl: string, brokers: string[]): Promise<RegionsInTest> =>
  startRegionsInTest({ ...tested, postgresUrl, brokers, topic: TOPICS.users });

/** A new address about which this region decides. */
export function emailDecidedHere(user: ServiceInTest): string {
  for (;;) {
    const email = `${randomUUID()}@example.com`;
    if (user.get(ClaimRegions).regionOf(user.get(SecureEmail).digestOf(email)) === user.region) return email;
  }
}

/** A register as another region writes it that has seen none of this one's writes. */
export function told<T>(value: T, region: string, wallMs: number, trace?: string) {
  return { value, hlc: formatHlc({ wallMs, counter: 0, region }), seen: {}, ...(trace && { trace }) };
}
