import { TOPICS } from '@meridian/contracts';
import { operationsControllers, replicate } from '@meridian/replication';
import { type DynamicModule, Module } from '@nestjs/common';
import { CarryOut } from './carry-out.ts';
import { ChangeProfileController } from './change-profile/change-profile.controller.ts';
import { FindUserController } from './find-user/find-user.controller.ts';
import { UserReplicatedConsumer } from './on-user-replicated/user-replicated.consumer.ts';
import { Database } from './persistence/database.ts';
import { UserStore } from './persistence/user-store.ts';
import { RegisterUserController } from './register-user/register-user.controller.ts';
import { UserConfig } from './user.config.ts';

@Module({
  controllers: [RegisterUserController, FindUserController, ChangeProfileController, ...operationsControllers],
  providers: [
    Database,
    UserStore,
    CarryOut,
    UserReplicatedConsumer,
    ...replicate({
      config: UserConfig,
      store: UserStore,
      consumers: [
        { topic: TOPICS.users, from: 'other-regions', sideEffects: 'none', consumer: UserReplicatedConsumer },
      ],
    }),
  ],
})
export class UserModule {
  static told(config: UserConfig): DynamicModule {
    return { module: UserModule, providers: [{ provide: UserConfig, useValue: config }] };
  }
}
