import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { HealthController } from './health.controller.ts';
import { Health } from './health.ts';
import { ProblemFilter } from './problem-filter.ts';
import { ServiceContext } from './service-context.ts';

@Module({})
export class ServiceKitModule {
  /** The root: the kit's own providers, visible everywhere, and the service's module. */
  static around(module: Type | DynamicModule, context: ServiceContext, health: Health): DynamicModule {
    const providers = [
      { provide: ServiceContext, useValue: context },
      { provide: Health, useValue: health },
    ];
    return {
      module: ServiceKitModule,
      global: true,
      imports: [module],
      controllers: [HealthController],
      providers: [...providers, { provide: APP_FILTER, useClass: ProblemFilter }],
      exports: providers,
    };
  }
}
