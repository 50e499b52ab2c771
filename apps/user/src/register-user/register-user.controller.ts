import { HEADERS, type RegisterUserRequest, registerUserRequest, type UserResponse } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Body, Controller, Headers, HttpStatus, Post, Res } from '@nestjs/common';
import { toResponse } from '../persistence/user-shapes.ts';
import { consistencyIn, idempotencyKeyIn } from '../request-headers.ts';
import { RegisterUser } from './register-user.ts';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

@Controller('users')
export class RegisterUserController {
  constructor(private readonly registerUser: RegisterUser) {}

  @Post()
  async handle(
    @Headers() headers: Record<string, string | undefined>,
    @Body(validated(registerUserRequest)) profile: RegisterUserRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<UserResponse> {
    const asked = { key: idempotencyKeyIn(headers), consistency: consistencyIn(headers) };
    const { id, user, replayed } = await this.registerUser.register(profile, asked);
    if (replayed) reply.status(HttpStatus.OK).header(HEADERS.idempotentReplayed, 'true');
    else reply.status(HttpStatus.CREATED).header('location', `/users/${id}`);
    return toResponse(id, user);
  }
}
