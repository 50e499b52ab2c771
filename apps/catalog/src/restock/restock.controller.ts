import {
  HEADERS,
  idempotencyKeySchema,
  type RestockRequest,
  restockRequest,
  type StockResponse,
  skuSchema,
} from '@meridian/contracts';
import { ProblemError, validated } from '@meridian/service-kit';
import { Body, Controller, Headers, HttpCode, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { toStockResponse } from '../persistence/catalog-shapes.ts';
import { Restock } from './restock.ts';

interface Reply {
  header(name: string, value: string): Reply;
}

@Controller('products')
export class RestockController {
  constructor(private readonly restock: Restock) {}

  @Post(':sku/restock')
  @HttpCode(HttpStatus.OK)
  async handle(
    @Param('sku', validated(skuSchema)) sku: string,
    @Headers(HEADERS.idempotencyKey) key: string | undefined,
    @Body(validated(restockRequest)) { units }: RestockRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<StockResponse> {
    if (key !== undefined && !idempotencyKeySchema.safeParse(key).success)
      throw new ProblemError('invalid-request', {
        errors: [{ pointer: `/headers/${HEADERS.idempotencyKey}`, detail: 'is 1 to 128 printable ASCII characters' }],
      });
    const { known, replayed } = await this.restock.restock(sku, units, key);
    if (replayed) reply.header(HEADERS.idempotentReplayed, 'true');
    return toStockResponse(known);
  }
}
