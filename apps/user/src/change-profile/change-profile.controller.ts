import { type ChangeProfileRequest, changeProfileRequest, type UserResponse, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, Param, Patch } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toResponse } from '../persistence/user-shapes.ts';

@Controller('users')
export class ChangeProfileController {
  constructor(private readonly carryOut: CarryOut) {}

  @Patch(':id')
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Body(validated(changeProfileRequest)) fields: ChangeProfileRequest,
  ): Promise<UserResponse> {
    return toResponse(id, await this.carryOut.command(id, { type: 'ChangeProfile', ...fields }));
  }
}
