import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { formatHlc } from '@meridian/hlc';
import { type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { ClaimRegions } from './email-claims/claim-regions.ts';
import { SecureEmail } from './email-claims/secure-email.ts';
import { UserConfig } from './user.config.ts';
import { UserModule } from './user.module.ts';

/** The service as `eu-west`. The other regions are names alone: nothing answers there. */
export function startUserInTest(postgresUrl: string, brokers: string[]): Promise<ServiceInTest> {
  return startServiceInTest({
    name: 'user',
    appDir: path.join(import.meta.dirname, '..'),
    Config: UserConfig,
    moduleOf: (config) => UserModule.told(config),
    env: { EMAIL_DIGEST_KEY: 'a key of this test alone' },
    ...{ postgresUrl, brokers },
  });
}

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
