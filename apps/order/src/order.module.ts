import { conflictsController, keepConflicts } from '@meridian/conflicts';
import { TOPICS } from '@meridian/contracts';
import { OperationsController, replicate } from '@meridian/replication';
import { type DynamicModule, Module } from '@nestjs/common';
import { CancelOrderController } from './cancel-order/cancel-order.controller.ts';
import { CarryOut } from './carry-out.ts';
import { FindOrderController } from './find-order/find-order.controller.ts';
import { OrderReplicatedConsumer } from './on-order-replicated/order-replicated.consumer.ts';
import { OrderConfig } from './order.config.ts';
import { OrderHistoryController } from './order-history/order-history.controller.ts';
import { PayOrderController } from './pay-order/pay-order.controller.ts';
import { PayOrder } from './pay-order/pay-order.ts';
import { PaymentAttempts } from './payment/payment-attempts.ts';
import { PaymentProvider } from './payment/payment-provider.ts';
import { SandboxProvider } from './payment/sandbox-provider.ts';
import { Database } from './persistence/database.ts';
import { OrderStore } from './persistence/order-store.ts';
import { CatalogClient } from './place-order/catalog-client.ts';
import { PlaceOrderController } from './place-order/place-order.controller.ts';
import { PlaceOrder } from './place-order/place-order.ts';
import { ReapplyOrderConflict } from './reapply-conflict/reapply-order-conflict.ts';
import { Settlement } from './settle/settlement.ts';

@Module({
  controllers: [
    conflictsController('orders'),
    PlaceOrderController,
    FindOrderController,
    OrderHistoryController,
    PayOrderController,
    CancelOrderController,
    OperationsController,
  ],
  providers: [
    Database,
    OrderStore,
    CarryOut,
    PlaceOrder,
    CatalogClient,
    PayOrder,
    PaymentAttempts,
    { provide: PaymentProvider, useClass: SandboxProvider },
    Settlement,
    OrderReplicatedConsumer,
    ...keepConflicts(ReapplyOrderConflict),
    ...replicate({
      config: OrderConfig,
      store: OrderStore,
      consumers: [{ topic: TOPICS.orders, from: 'other-regions', consumer: OrderReplicatedConsumer }],
    }),
  ],
})
export class OrderModule {
  static told(config: OrderConfig): DynamicModule {
    return { module: OrderModule, providers: [{ provide: OrderConfig, useValue: config }] };
  }
}
