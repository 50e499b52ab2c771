import { randomUUID } from 'node:crypto';
import { type RegisterUserRequest, registerUserRequest, type UserResponse } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { CarryOut } from '../carry-out.ts';
import { toResponse } from '../persistence/user-shapes.ts';

interface Reply {
  header(name: string, value: string): Reply;
}

@Controller('users')
export class RegisterUserController {
  constructor(private readonly carryOut: CarryOut) {}

  @Post()
  async handle(
    @Body(validated(registerUserRequest)) profile: RegisterUserRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<UserResponse> {
    const id = randomUUID();
    const user = await this.carryOut.command(id, { type: 'RegisterUser', ...profile });
    reply.header('location', `/users/${id}`);
    return toResponse(id, user);
  }
}
