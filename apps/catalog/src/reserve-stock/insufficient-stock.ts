import type { ReserveStockRequest } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import { rightsIn } from '../domain/escrow.ts';
import type { ProductState } from '../domain/product-state.ts';
import type { ShortLine } from '../domain/reserve.ts';
import { OtherCatalogs } from '../escrow/other-catalogs.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';

/** The last step of a reservation: why it is refused, so that a customer can be told "later" or "never". */
@Injectable()
export class InsufficientStock {
  constructor(
    private readonly others: OtherCatalogs,
    private readonly store: CatalogStore,
    private readonly config: CatalogConfig,
  ) {}

  async refusal({ orderId, lines }: ReserveStockRequest, short: ShortLine[]): Promise<ProblemError> {
    const skus = short.map(({ sku }) => sku);
    const { products } = await this.store.findWithReservations(orderId, skus);
    const errors = short.map(({ sku, quantity, held }, i) => {
      const elsewhere = this.others.regions.map((region) => this.told(region, products[i]?.state));
      const here = `${this.config.region} holds ${held}`;
      return {
        pointer: `/lines/${lines.findIndex((line) => line.sku === sku)}`,
        detail: `${quantity} of ${sku} are asked for; ${here}; as known here, ${elsewhere.join(', ')}.`,
      };
    });
    return new ProblemError('insufficient-stock', { detail: `There is not enough of: ${skus.join(', ')}.`, errors });
  }

  private told(region: string, state: ProductState | undefined): string {
    const rights = state ? Math.max(0, rightsIn(region, state)) : 0;
    return `${region} holds ${rights}${this.others.isAway(region) ? ' and cannot be reached' : ''}`;
  }
}
