import {
  type EarlierClaimRequest,
  type EarlierClaimResponse,
  type EmailClaimRequest,
  type EmailClaimResponse,
  earlierClaimRequest,
  emailClaimRequest,
  type HeldClaimRequest,
  heldClaimRequest,
} from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { DecideClaims } from './decide-claims.ts';
import { EarlierClaims } from './earlier-claims.ts';

/** What the user services of other regions ask of this one. The edge does not route it. */
@Controller('email-claims')
export class EmailClaimsController {
  constructor(
    private readonly claims: DecideClaims,
    private readonly earlier: EarlierClaims,
  ) {}

  @Post()
  @HttpCode(200)
  claim(@Body(validated(emailClaimRequest)) { digest, ...asked }: EmailClaimRequest): Promise<EmailClaimResponse> {
    return this.claims.claim(digest, asked);
  }

  @Post('settle')
  @HttpCode(200)
  settle(@Body(validated(heldClaimRequest)) { digest, ...asked }: HeldClaimRequest): Promise<EmailClaimResponse> {
    return this.claims.settle(digest, asked);
  }

  @Post('release')
  @HttpCode(200)
  release(@Body(validated(heldClaimRequest)) { digest, ...asked }: HeldClaimRequest): Promise<EmailClaimResponse> {
    return this.claims.release(digest, asked);
  }

  @Post('earlier')
  @HttpCode(200)
  async isEarlierPending(
    @Body(validated(earlierClaimRequest)) { digest, hlc }: EarlierClaimRequest,
  ): Promise<EarlierClaimResponse> {
    return { pending: await this.earlier.arePending(digest, hlc) };
  }
}
