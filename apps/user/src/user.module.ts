import { conflictsController, keepConflicts } from '@meridian/conflicts';
import { TOPICS } from '@meridian/contracts';
import { operationsControllers, replicate } from '@meridian/replication';
import { type DynamicModule, Module } from '@nestjs/common';
import { CarryOut } from './carry-out.ts';
import { ChangeProfileController } from './change-profile/change-profile.controller.ts';
import { ClaimRegions } from './email-claims/claim-regions.ts';
import { ClaimsAgain } from './email-claims/claims-again.ts';
import { DecideClaims } from './email-claims/decide-claims.ts';
import { DueClaims } from './email-claims/due-claims.ts';
import { EarlierClaims } from './email-claims/earlier-claims.ts';
import { EmailClaimsController } from './email-claims/email-claims.controller.ts';
import { SecureEmail } from './email-claims/secure-email.ts';
import { FindUserController } from './find-user/find-user.controller.ts';
import { UserReplicatedConsumer } from './on-user-replicated/user-replicated.consumer.ts';
import { ClaimStore } from './persistence/claim-store.ts';
import { Database } from './persistence/database.ts';
import { DueClaimStore } from './persistence/due-claim-store.ts';
import { UserStore } from './persistence/user-store.ts';
import { ReapplyUserConflict } from './reapply-conflict/reapply-user-conflict.ts';
import { RegisterUserController } from './register-user/register-user.controller.ts';
import { RegisterUser } from './register-user/register-user.ts';
import { RehomeUserController } from './rehome-user/rehome-user.controller.ts';
import { RehomeUser } from './rehome-user/rehome-user.ts';
import { UserConfig } from './user.config.ts';

@Module({
  controllers: [
    conflictsController('users'),
    RegisterUserController,
    FindUserController,
    ChangeProfileController,
    RehomeUserController,
    EmailClaimsController,
    ...operationsControllers,
  ],
  providers: [
    Database,
    UserStore,
    ClaimStore,
    DueClaimStore,
    DecideClaims,
    EarlierClaims,
    ClaimRegions,
    SecureEmail,
    DueClaims,
    ClaimsAgain,
    CarryOut,
    RegisterUser,
    RehomeUser,
    UserReplicatedConsumer,
    ...keepConflicts(ReapplyUserConflict),
    ...replicate({
      config: UserConfig,
      store: UserStore,
      afterRebuild: ClaimsAgain,
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
