import {
  skuSchema,
  type TransferRightsRequest,
  type TransferRightsResponse,
  transferRightsRequest,
} from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { TransferRights } from './transfer-rights.ts';

/** For the catalogs of other regions, over their links: the edge does not route it. */
@Controller('stock')
export class TransferRightsController {
  constructor(private readonly transferRights: TransferRights) {}

  @Post(':sku/transfers')
  @HttpCode(HttpStatus.OK)
  handle(
    @Param('sku', validated(skuSchema)) sku: string,
    @Body(validated(transferRightsRequest)) wanted: TransferRightsRequest,
  ): Promise<TransferRightsResponse> {
    return this.transferRights.give(sku, wanted);
  }
}
