import { type UserResponse, uuidSchema } from '@meridian/contracts';
import { ProblemError, validated } from '@meridian/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { userOf } from '../domain/user.ts';
import { toResponse } from '../persistence/user-shapes.ts';
import { UserStore } from '../persistence/user-store.ts';

@Controller('users')
export class FindUserController {
  constructor(private readonly store: UserStore) {}

  /** As this region knows them: a user registered elsewhere a moment ago may not have arrived. */
  @Get(':id')
  async handle(@Param('id', validated(uuidSchema)) id: string): Promise<UserResponse> {
    const user = userOf((await this.store.find(id)).state);
    if (user.known) return toResponse(id, user);
    throw new ProblemError('not-found', { detail: `The user ${id} is not known in this region.` });
  }
}
