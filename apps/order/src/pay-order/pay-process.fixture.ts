import { RegionClock } from '@meridian/replication';
import { ServiceContext } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { CarryOut } from '../carry-out.ts';
import type { OrderConfig } from '../order.config.ts';
import { PaymentAttempts } from '../payment/payment-attempts.ts';
import { SandboxProvider } from '../payment/sandbox-provider.ts';
import { Database } from '../persistence/database.ts';
import { OrderStore } from '../persistence/order-store.ts';
import { PayOrder } from './pay-order.ts';

/**
 * A payment in a process of its own, to be killed: the provider has charged, and its answer never comes, so the process
 * stands between the charge and the order.
 */
const [databaseUrl = '', orderId = '', reference = ''] = process.argv.slice(2);
const region = 'eu-west';
const config = { databaseUrl, region, paymentTimeoutMs: 60_000 } as OrderConfig;
const database = new Database(config);
const store = new OrderStore(database, config);
const carryOut = new CarryOut(store, new RegionClock({ region }));
const context = new ServiceContext('order', region, createLogger('order', { level: 'silent' }));
const attempts = new PaymentAttempts(database);
const payOrder = new PayOrder(store, carryOut, attempts, new SandboxProvider(database), config, context);
await payOrder.pay(orderId, reference);
