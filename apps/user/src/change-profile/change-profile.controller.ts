import { type ChangeProfileRequest, changeProfileRequest, type UserResponse, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, Headers, Param, Patch } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toResponse } from '../persistence/user-shapes.ts';
import { consistencyIn } from '../request-headers.ts';

@Controller('users')
export class ChangeProfileController {
  constructor(private readonly carryOut: CarryOut) {}

  @Patch(':id')
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Headers() headers: Record<string, string | undefined>,
    @Body(validated(changeProfileRequest)) fields: ChangeProfileRequest,
  ): Promise<UserResponse> {
    return toResponse(
      id,
      await this.carryOut.command(id, { type: 'ChangeProfile', ...fields }, consistencyIn(headers)),
    );
  }
}
