import { type ProductResponse, type StockResponse, skuSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import { toProductResponse, toStockResponse } from '../persistence/catalog-shapes.ts';
import { FindProduct } from './find-product.ts';

@Controller('products')
export class FindProductController {
  constructor(
    private readonly findProduct: FindProduct,
    private readonly config: CatalogConfig,
  ) {}

  @Get(':sku')
  async product(@Param('sku', validated(skuSchema)) sku: string): Promise<ProductResponse> {
    return toProductResponse(await this.findProduct.find(sku), this.config.region);
  }

  @Get(':sku/stock')
  async stock(@Param('sku', validated(skuSchema)) sku: string): Promise<StockResponse> {
    return toStockResponse(await this.findProduct.find(sku));
  }
}
