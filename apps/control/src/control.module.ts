import { type DynamicModule, Module } from '@nestjs/common';
import { AutomaticFailover } from './automatic-failover/automatic-failover.ts';
import { WatchPrimary } from './automatic-failover/watch-primary.ts';
import { ControlConfig } from './control.config.ts';
import { CarryOutCommand } from './decide/carry-out-command.ts';
import { CommandsController } from './decide/commands.controller.ts';
import { DecideEpoch } from './decide/decide-epoch.ts';
import { FollowTheSun } from './follow-the-sun/follow-the-sun.ts';
import { LossStore } from './losses/loss-store.ts';
import { LossesController } from './losses/losses.controller.ts';
import { NoteLosses } from './losses/note-losses.ts';
import { AcceptorStore } from './persistence/acceptor-store.ts';
import { Database } from './persistence/database.ts';
import { DatabaseHealth } from './persistence/database-health.ts';
import { DecidedStore } from './persistence/decided-store.ts';
import { HearRegions } from './regions/hear-regions.ts';
import { OtherControls } from './regions/other-controls.ts';
import { KeepUp } from './routing-table/keep-up.ts';
import { KnownTable } from './routing-table/known-table.ts';
import { RoutingTableController } from './routing-table/routing-table.controller.ts';
import { Lease } from './services/lease.ts';
import { OwnInboxes } from './services/own-inboxes.ts';
import { TellServices } from './services/tell-services.ts';
import { StatusController } from './status/status.controller.ts';
import { EpochsController } from './vote/epochs.controller.ts';

@Module({
  controllers: [RoutingTableController, CommandsController, EpochsController, StatusController, LossesController],
  providers: [
    Database,
    DatabaseHealth,
    AcceptorStore,
    DecidedStore,
    KnownTable,
    OtherControls,
    HearRegions,
    DecideEpoch,
    CarryOutCommand,
    Lease,
    TellServices,
    KeepUp,
    FollowTheSun,
    OwnInboxes,
    WatchPrimary,
    AutomaticFailover,
    LossStore,
    NoteLosses,
  ],
})
export class ControlModule {
  static told(config: ControlConfig): DynamicModule {
    return { module: ControlModule, providers: [{ provide: ControlConfig, useValue: config }] };
  }
}
