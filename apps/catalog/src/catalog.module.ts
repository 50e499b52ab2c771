import { conflictsController, keepConflicts } from '@meridian/conflicts';
import { TOPICS } from '@meridian/contracts';
import { type KeysOf, operationsControllers, replicate } from '@meridian/replication';
import { type DynamicModule, Module } from '@nestjs/common';
import { CarryOut } from './carry-out.ts';
import { CatalogConfig } from './catalog.config.ts';
import { ChangeProductController } from './change-product/change-product.controller.ts';
import { CountInterestController } from './count-interest/count-interest.controller.ts';
import { CreateProductController } from './create-product/create-product.controller.ts';
import { Demand } from './domain/demand.ts';
import { AcquireRights } from './escrow/acquire-rights.ts';
import { OtherCatalogs } from './escrow/other-catalogs.ts';
import { WaitingOrders } from './escrow/waiting-orders.ts';
import { FindProductController } from './find-product/find-product.controller.ts';
import { FindProduct } from './find-product/find-product.ts';
import { ListProductsController } from './list-products/list-products.controller.ts';
import { ProductReplicatedConsumer } from './on-product-replicated/product-replicated.consumer.ts';
import { ReservationEndedConsumer } from './on-reservation-ended/reservation-ended.consumer.ts';
import { CatalogStore } from './persistence/catalog-store.ts';
import { Database } from './persistence/database.ts';
import { ReapplyProductConflict } from './reapply-conflict/reapply-product-conflict.ts';
import { ReclaimRights } from './reclaim-rights/reclaim-rights.ts';
import { InsufficientStock } from './reserve-stock/insufficient-stock.ts';
import { ReserveElsewhere } from './reserve-stock/reserve-elsewhere.ts';
import { ReserveHere } from './reserve-stock/reserve-here.ts';
import { ReserveStockController } from './reserve-stock/reserve-stock.controller.ts';
import { ReserveStock } from './reserve-stock/reserve-stock.ts';
import { RestockController } from './restock/restock.controller.ts';
import { Restock } from './restock/restock.ts';
import { TransferRightsController } from './transfer-rights/transfer-rights.controller.ts';
import { TransferRights } from './transfer-rights/transfer-rights.ts';
import { WriteOffRights } from './write-off-rights/write-off-rights.ts';

/** Which products a request is about, where its path does not say. Nothing of it has been checked yet. */
const KEYS_OF: KeysOf = {
  'POST /products': ({ body }) => keysIn([(body as { sku?: unknown } | undefined)?.sku]),
  'POST /reservations': ({ body }) => {
    const { lines } = (body ?? {}) as { lines?: { sku?: unknown }[] };
    return Array.isArray(lines) ? keysIn(lines.map((line) => line?.sku)) : undefined;
  },
};
const keysIn = (found: unknown[]) => found.filter((sku) => typeof sku === 'string');

@Module({
  controllers: [
    conflictsController('products'),
    CreateProductController,
    ListProductsController,
    FindProductController,
    ChangeProductController,
    RestockController,
    CountInterestController,
    ReserveStockController,
    TransferRightsController,
    ...operationsControllers,
  ],
  providers: [
    Database,
    CatalogStore,
    CarryOut,
    FindProduct,
    Restock,
    Demand,
    WaitingOrders,
    OtherCatalogs,
    AcquireRights,
    ReserveHere,
    ReserveElsewhere,
    InsufficientStock,
    ReserveStock,
    TransferRights,
    ReclaimRights,
    WriteOffRights,
    ...keepConflicts(ReapplyProductConflict),
    ProductReplicatedConsumer,
    ReservationEndedConsumer,
    ...replicate({
      config: CatalogConfig,
      store: CatalogStore,
      keysOf: KEYS_OF,
      afterRebuild: WriteOffRights,
      consumers: [
        { topic: TOPICS.products, from: 'other-regions', sideEffects: 'none', consumer: ProductReplicatedConsumer },
        { topic: TOPICS.orders, from: 'every-region', sideEffects: 'every', consumer: ReservationEndedConsumer },
      ],
    }),
  ],
})
export class CatalogModule {
  static told(config: CatalogConfig): DynamicModule {
    return { module: CatalogModule, providers: [{ provide: CatalogConfig, useValue: config }] };
  }
}
