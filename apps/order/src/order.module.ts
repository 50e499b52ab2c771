import { conflictsController, keepConflicts } from '@meridian/conflicts';
import { HEADERS, TOPICS, uuidSchema } from '@meridian/contracts';
import { type KeysOf, operationsControllers, replicate } from '@meridian/replication';
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
import { PlacingAttempts } from './place-order/placing-attempts.ts';
import { orderIdOf } from './place-order/request-identity.ts';
import { ReapplyOrderConflict } from './reapply-conflict/reapply-order-conflict.ts';
import { Settlement } from './settle/settlement.ts';

/** The id of an order that is placed follows from the request. Nothing of it has been checked yet. */
const KEYS_OF: KeysOf = {
  'POST /orders': ({ headers, body }) => {
    const customer = uuidSchema.safeParse((body as { customerId?: unknown } | undefined)?.customerId);
    const key = headers[HEADERS.idempotencyKey];
    return customer.success && typeof key === 'string' ? [orderIdOf(customer.data, key)] : undefined;
  },
};

@Module({
  controllers: [
    conflictsController('orders'),
    PlaceOrderController,
    FindOrderController,
    OrderHistoryController,
    PayOrderController,
    CancelOrderController,
    ...operationsControllers,
  ],
  providers: [
    Database,
    OrderStore,
    CarryOut,
    PlaceOrder,
    PlacingAttempts,
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
      keysOf: KEYS_OF,
      consumers: [
        { topic: TOPICS.orders, from: 'other-regions', sideEffects: 'none', consumer: OrderReplicatedConsumer },
      ],
    }),
  ],
})
export class OrderModule {
  static told(config: OrderConfig): DynamicModule {
    return { module: OrderModule, providers: [{ provide: OrderConfig, useValue: config }] };
  }
}
