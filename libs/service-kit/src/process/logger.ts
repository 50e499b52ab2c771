import { currentTraceId } from '@meridian/telemetry';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  level?: string;
  region?: string;
}

/** JSON lines on standard output, each with the service, the region and, inside a request or an event, its trace id. */
export function createLogger(name: string, { level = 'info', region }: LoggerOptions = {}): Logger {
  return pino({
    name,
    level,
    base: { service: name, ...(region ? { region } : {}) },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => {
      const traceId = currentTraceId();
      return traceId ? { traceId } : {};
    },
  });
}
