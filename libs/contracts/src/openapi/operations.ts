import { catalogOperations } from './catalog-operations.ts';
import type { Operation } from './operation.ts';
import { ofEveryService } from './operations-of-every-service.ts';
import { orderOperations } from './order-operations.ts';
import { userOperations } from './user-operations.ts';

export type ApiService = 'user' | 'catalog' | 'order';

/** Every operation of every service: the table that the documents are written from and the services' routes are held against. */
export const OPERATIONS: Record<ApiService, Operation[]> = {
  user: [...userOperations, ...ofEveryService],
  catalog: [...catalogOperations, ...ofEveryService],
  order: [...orderOperations, ...ofEveryService],
};
