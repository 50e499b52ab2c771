import { type ProductListQuery, type ProductListResponse, productListQuery } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import { productOf } from '../domain/product.ts';
import { toProductResponse } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

@Controller('products')
export class ListProductsController {
  constructor(
    private readonly store: CatalogStore,
    private readonly config: CatalogConfig,
  ) {}

  @Get()
  async handle(
    @Query(validated(productListQuery)) { limit, after, tag }: ProductListQuery,
  ): Promise<ProductListResponse> {
    // One more than asked for tells whether there is a next page.
    const found = await this.store.list({ limit: limit + 1, after, tag });
    const page = found.slice(0, limit);
    const items = page.flatMap(({ sku, state }) => {
      const product = productOf(state);
      return product.known ? [toProductResponse(sku, product, this.config.region)] : [];
    });
    return { items, next: found.length > limit ? (page.at(-1)?.sku ?? null) : null };
  }
}
