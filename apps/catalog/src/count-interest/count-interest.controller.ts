import {
  type CountViewsRequest,
  countViewsRequest,
  type LikeProductRequest,
  likeProductRequest,
  type ProductResponse,
  skuSchema,
} from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { CatalogConfig } from '../catalog.config.ts';
import type { Command } from '../domain/decide.ts';
import { toProductResponse } from '../persistence/catalog-shapes.ts';

/** Not idempotent, as nothing tells one view from another; a count that is sent twice counts twice. */
@Controller('products')
export class CountInterestController {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly config: CatalogConfig,
  ) {}

  @Post(':sku/views')
  @HttpCode(HttpStatus.OK)
  views(
    @Param('sku', validated(skuSchema)) sku: string,
    @Body(validated(countViewsRequest)) { views }: CountViewsRequest,
  ): Promise<ProductResponse> {
    return this.count(sku, { type: 'CountViews', views });
  }

  @Post(':sku/likes')
  @HttpCode(HttpStatus.OK)
  likes(
    @Param('sku', validated(skuSchema)) sku: string,
    @Body(validated(likeProductRequest)) { liked }: LikeProductRequest,
  ): Promise<ProductResponse> {
    return this.count(sku, { type: 'LikeProduct', liked });
  }

  private async count(sku: string, command: Command): Promise<ProductResponse> {
    return toProductResponse(await this.carryOut.command(sku, command), this.config.region);
  }
}
