import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { type KnownProduct, toKnown } from '../persistence/catalog-shapes.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

@Injectable()
export class FindProduct {
  constructor(private readonly store: CatalogStore) {}

  /** As this region knows it. Throws a ProblemError when it does not. */
  async find(sku: string): Promise<KnownProduct> {
    const known = toKnown(await this.store.findOne(sku));
    if (known) return known;
    throw new ProblemError('not-found', { detail: `The product ${sku} is not known in this region.` });
  }
}
