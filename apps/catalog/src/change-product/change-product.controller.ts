import { type ChangeProductRequest, changeProductRequest, type ProductResponse, skuSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, Param, Patch } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { CatalogConfig } from '../catalog.config.ts';
import { toProductResponse } from '../persistence/catalog-shapes.ts';

@Controller('products')
export class ChangeProductController {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly config: CatalogConfig,
  ) {}

  @Patch(':sku')
  async handle(
    @Param('sku', validated(skuSchema)) sku: string,
    @Body(validated(changeProductRequest)) fields: ChangeProductRequest,
  ): Promise<ProductResponse> {
    const changed = await this.carryOut.command(sku, { type: 'ChangeProduct', ...fields });
    return toProductResponse(changed, this.config.region);
  }
}
