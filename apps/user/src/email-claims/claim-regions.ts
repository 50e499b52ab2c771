import { homeOf } from '@meridian/consistency';
import {
  type EarlierClaimResponse,
  type EmailClaimResponse,
  earlierClaimResponse,
  emailClaimResponse,
  problem,
} from '@meridian/contracts';
import { Epochs, servesPeers } from '@meridian/fencing';
import type { Hlc } from '@meridian/hlc';
import { type CallOutcome, createRegionClient, type RegionClient } from '@meridian/region-client';
import type { RegionId } from '@meridian/regions';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { AskedClaim } from '../domain/email-claim.ts';
import { UserConfig } from '../user.config.ts';
import { DecideClaims } from './decide-claims.ts';
import { EarlierClaims } from './earlier-claims.ts';

/** Between the two regions furthest apart a new connection and an answer take some 700 ms. */
const TIMEOUT_MS = 2_000;

type HeldClaim = Pick<AskedClaim, 'userId' | 'hlc'>;

/**
 * The regions as those that decide about addresses: this one by itself, another one by a call over its link. Of an address
 * nothing but its keyed digest is in a call, and that in the body alone.
 *
 * Which one decides follows from the address alone and never from the routing table: what was claimed stands in that
 * region's table and nowhere else, and of a region that failed nobody can know all of it (docs/explanation/unique-email.md).
 * The table only says whether asking is of any use.
 */
@Injectable()
export class ClaimRegions implements OnModuleDestroy {
  readonly here: RegionId;
  private readonly clients: ReadonlyMap<RegionId, RegionClient>;

  constructor(
    config: UserConfig,
    private readonly own: DecideClaims,
    private readonly ownEarlier: EarlierClaims,
    private readonly epochs: Epochs,
  ) {
    const { carry } = epochs;
    this.here = config.region;
    this.clients = new Map(
      config.otherRegions.map((region) => [
        region,
        createRegionClient({ baseUrl: config.urlIn(region, 'user'), region, timeoutMs: TIMEOUT_MS, carry }),
      ]),
    );
  }

  regionOf(digest: string): RegionId {
    return homeOf(digest, [this.here, ...this.clients.keys()]);
  }

  /** Why a region decides nothing under the newest table that is known here, as a clause; undefined where it does. */
  whyOut(region: RegionId): string | undefined {
    const { table } = this.epochs;
    if (region === this.here || servesPeers(table, region)) return undefined;
    return `which is ${table.regions[region]?.state ?? 'not in the table'} in epoch ${table.epoch}`;
  }

  claim(digest: string, asked: AskedClaim): Promise<CallOutcome<EmailClaimResponse>> {
    return this.ask(digest, '', asked, () => this.own.claim(digest, asked));
  }

  settle(digest: string, asked: HeldClaim): Promise<CallOutcome<EmailClaimResponse>> {
    return this.ask(digest, '/settle', asked, () => this.own.settle(digest, asked));
  }

  release(digest: string, asked: HeldClaim): Promise<CallOutcome<EmailClaimResponse>> {
    return this.ask(digest, '/release', asked, () => this.own.release(digest, asked));
  }

  /** Whether all regions have said that no provisional claim before this one waits there. One that is away has not. */
  async noneIsEarlier(digest: string, hlc: Hlc): Promise<boolean> {
    if (await this.ownEarlier.arePending(digest, hlc)) return false;
    const answers = await Promise.all([...this.clients.values()].map((client) => askEarlier(client, digest, hlc)));
    return answers.every((answer) => answer.ok && !answer.body.pending);
  }

  private async ask(
    digest: string,
    path: string,
    asked: HeldClaim,
    here: () => Promise<EmailClaimResponse>,
  ): Promise<CallOutcome<EmailClaimResponse>> {
    const region = this.regionOf(digest);
    const client = this.clients.get(region);
    if (!client) return { ok: true, status: 200, body: await here() };
    const out = this.whyOut(region);
    if (out)
      return { ok: false, problem: problem('region-not-serving', { detail: `${region} was not asked, ${out}.` }) };
    return client.call({
      method: 'POST',
      path: `/email-claims${path}`,
      body: { digest, ...asked },
      repeatable: true,
      responseSchema: emailClaimResponse,
    });
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.close()));
  }
}

function askEarlier(client: RegionClient, digest: string, hlc: Hlc): Promise<CallOutcome<EarlierClaimResponse>> {
  return client.call({
    method: 'POST',
    path: '/email-claims/earlier',
    body: { digest, hlc },
    repeatable: true,
    responseSchema: earlierClaimResponse,
  });
}
