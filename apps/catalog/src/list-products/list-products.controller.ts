import { type ProductListQuery, type ProductListResponse, productListQuery } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import { toKnown, toProductResponse } from '../persistence/catalog-shapes.ts';
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
    const items = page.flatMap((row) => {
      const known = toKnown(row);
      return known ? [toProductResponse(known, this.config.region)] : [];
    });
    return { items, next: found.length > limit ? (page.at(-1)?.sku ?? null) : null };
  }
}
