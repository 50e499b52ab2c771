import { type RestockRequest, restockRequest, type StockResponse, skuSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toStockResponse } from '../persistence/catalog-shapes.ts';

@Controller('products')
export class RestockController {
  constructor(private readonly carryOut: CarryOut) {}

  @Post(':sku/restock')
  @HttpCode(HttpStatus.OK)
  async handle(
    @Param('sku', validated(skuSchema)) sku: string,
    @Body(validated(restockRequest)) { units }: RestockRequest,
  ): Promise<StockResponse> {
    return toStockResponse(sku, await this.carryOut.command(sku, { type: 'Restock', units }));
  }
}
