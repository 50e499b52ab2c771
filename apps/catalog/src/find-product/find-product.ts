import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { productOf } from '../domain/product.ts';
import type { KnownProduct } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

@Injectable()
export class FindProduct {
  constructor(private readonly store: CatalogStore) {}

  /** As this region knows it. Throws a ProblemError when it does not. */
  async find(sku: string): Promise<KnownProduct> {
    const product = productOf((await this.store.findOne(sku)).state);
    if (product.known) return product;
    throw new ProblemError('not-found', { detail: `The product ${sku} is not known in this region.` });
  }
}
