import { type CreateProductRequest, createProductRequest, type ProductResponse } from '@meridian/contracts';
import { jsonPointer, ProblemError, validated } from '@meridian/service-kit';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { CatalogConfig } from '../catalog.config.ts';
import { toProductResponse } from '../persistence/catalog-shapes.ts';

interface Reply {
  header(name: string, value: string): Reply;
}

@Controller('products')
export class CreateProductController {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly config: CatalogConfig,
  ) {}

  @Post()
  async handle(
    @Body(validated(createProductRequest)) { sku, ...product }: CreateProductRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ProductResponse> {
    this.refuseUnknownRegions(product.stock);
    const created = await this.carryOut.command(sku, { type: 'CreateProduct', ...product });
    reply.header('location', `/products/${sku}`);
    return toProductResponse(created, this.config.region);
  }

  /** Units in a region that is none would be sold by nobody. */
  private refuseUnknownRegions(stock: Record<string, number>): void {
    const regions = [this.config.region, ...this.config.otherRegions];
    const unknown = Object.keys(stock).filter((region) => !regions.includes(region));
    if (unknown.length === 0) return;
    const detail = `is not a region; the regions are ${regions.toSorted().join(', ')}`;
    throw new ProblemError('invalid-request', {
      errors: unknown.map((region) => ({ pointer: jsonPointer(['stock', region]), detail })),
    });
  }
}
