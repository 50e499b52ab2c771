import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { type Span, trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { createService } from './start-service.ts';
import { validated } from './validated.ts';

const thing = z.strictObject({ name: z.string(), parts: z.array(z.strictObject({ 'a/b': z.int() })).default([]) });

/** Ends `GET /slow`; renewed by each request of it. */
let release = Promise.withResolvers<void>();
let arrived = Promise.withResolvers<void>();
export const slow = { arrived: () => arrived.promise, release: () => release.resolve() };

/** The span in which the last request was handled. */
export const handled: { span?: Span } = {};

@Controller()
class TinyController {
  @Post('things')
  create(@Body(validated(thing)) body: z.infer<typeof thing>) {
    handled.span = trace.getActiveSpan();
    return body;
  }

  @Get('things/:id')
  find(@Param('id', validated(z.uuid())) id: string) {
    handled.span = trace.getActiveSpan();
    return { id };
  }

  @Get('broken')
  broken() {
    handled.span = trace.getActiveSpan();
    throw new Error('the password is hunter2', { cause: new Error('and so is this') });
  }

  @Get('away')
  away() {
    throw Object.assign(new Error('cannot reach 10.0.0.7:5432'), { code: 'P1001' });
  }

  @Get('slow')
  async slow() {
    handled.span = trace.getActiveSpan();
    arrived.resolve();
    await release.promise;
    return { done: true };
  }
}

@Module({ controllers: [TinyController] })
class TinyModule {}

/** The smallest service that has something to get wrong. What it logs is kept in `logged`. */
export async function createTinyService(options: { drainNoticeMs?: number } = {}) {
  const logged: Record<string, unknown>[] = [];
  const logger: Logger = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  [release, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const config = { host: '127.0.0.1', port: 0, region: 'eu-west' };
  const service = await createService({ name: 'tiny', module: TinyModule, config, logger, ...options });
  return Object.assign(service, { logged });
}
