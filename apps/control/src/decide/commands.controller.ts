import { type CommandRequest, commandRequest } from '@meridian/contracts';
import type { RoutingTable } from '@meridian/regions';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CarryOutCommand } from './carry-out-command.ts';

@Controller('commands')
export class CommandsController {
  constructor(private readonly commands: CarryOutCommand) {}

  @Post()
  @HttpCode(200)
  async carryOut(
    @Body(validated(commandRequest)) { command, expectedEpoch }: CommandRequest,
  ): Promise<{ table: RoutingTable }> {
    return { table: await this.commands.carryOut(command, expectedEpoch) };
  }
}
