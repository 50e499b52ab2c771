import { type ReserveStockRequest, type ReserveStockResponse, reserveStockRequest } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ReserveStock } from './reserve-stock.ts';

/** For services only, of this region and the catalogs of others: the edge does not route it. */
@Controller('reservations')
export class ReserveStockController {
  constructor(private readonly reserveStock: ReserveStock) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  async handle(@Body(validated(reserveStockRequest)) request: ReserveStockRequest): Promise<ReserveStockResponse> {
    const { lines, reservedIn } = await this.reserveStock.reserve(request);
    return { orderId: request.orderId, reservedIn, lines };
  }
}
