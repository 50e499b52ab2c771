import { type RehomeUserRequest, rehomeUserRequest, type UserResponse, uuidSchema } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { toResponse } from '../persistence/user-shapes.ts';
import { RehomeUser } from './rehome-user.ts';

@Controller('users')
export class RehomeUserController {
  constructor(private readonly rehomeUser: RehomeUser) {}

  @Post(':id/rehome')
  @HttpCode(200)
  async handle(
    @Param('id', validated(uuidSchema)) id: string,
    @Body(validated(rehomeUserRequest)) { to }: RehomeUserRequest,
  ): Promise<UserResponse> {
    return toResponse(id, await this.rehomeUser.rehome(id, to));
  }
}
