import { RegionClock } from '@meridian/replication';
import { CarryOut } from '../carry-out.ts';
import type { OrderConfig } from '../order.config.ts';
import { Database } from '../persistence/database.ts';
import { OrderStore } from '../persistence/order-store.ts';
import { CatalogClient } from './catalog-client.ts';
import { PlaceOrder } from './place-order.ts';
import { PlacingAttempts } from './placing-attempts.ts';

/**
 * A placing in a process of its own, to be killed: the catalog has reserved, and its answer never comes, so the process
 * stands between the reservation and the order.
 */
const [databaseUrl = '', catalogUrl = '', key = '', request = ''] = process.argv.slice(2);
const region = 'eu-west';
const config = { databaseUrl, catalogUrl, region } as OrderConfig;
const database = new Database(config);
const carryOut = new CarryOut(new OrderStore(database, config), new RegionClock({ region }));
const placeOrder = new PlaceOrder(carryOut, new CatalogClient(config), new PlacingAttempts(database));
await placeOrder.place(key, JSON.parse(request));
