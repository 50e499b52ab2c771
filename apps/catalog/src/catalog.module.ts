import { TOPICS } from '@meridian/contracts';
import { OperationsController, replicate } from '@meridian/replication';
import { type DynamicModule, Module } from '@nestjs/common';
import { CarryOut } from './carry-out.ts';
import { CatalogConfig } from './catalog.config.ts';
import { ChangeProductController } from './change-product/change-product.controller.ts';
import { CreateProductController } from './create-product/create-product.controller.ts';
import { FindProductController } from './find-product/find-product.controller.ts';
import { FindProduct } from './find-product/find-product.ts';
import { ListProductsController } from './list-products/list-products.controller.ts';
import { ProductReplicatedConsumer } from './on-product-replicated/product-replicated.consumer.ts';
import { CatalogStore } from './persistence/catalog-store.ts';
import { Database } from './persistence/database.ts';
import { SkuTurns } from './persistence/sku-turns.ts';
import { ReserveStockController } from './reserve-stock/reserve-stock.controller.ts';
import { ReserveStock } from './reserve-stock/reserve-stock.ts';
import { RestockController } from './restock/restock.controller.ts';

@Module({
  controllers: [
    CreateProductController,
    ListProductsController,
    FindProductController,
    ChangeProductController,
    RestockController,
    ReserveStockController,
    OperationsController,
  ],
  providers: [
    Database,
    CatalogStore,
    SkuTurns,
    CarryOut,
    FindProduct,
    ReserveStock,
    ProductReplicatedConsumer,
    OrderCancelledConsumer,
    ...replicate({
      config: CatalogConfig,
      store: CatalogStore,
      consumers: [
        { topic: TOPICS.products, from: 'other-regions', consumer: ProductReplicatedConsumer },
        { topic: TOPICS.orders, from: 'every-region', consumer: OrderCancelledConsumer },
      ],
    }),
  ],
})
export class CatalogModule {
  static told(config: CatalogConfig): DynamicModule {
    return { module: CatalogModule, providers: [{ provide: CatalogConfig, useValue: config }] };
  }
}
