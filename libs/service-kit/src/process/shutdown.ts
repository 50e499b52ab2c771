import { shutdownTelemetry } from '@meridian/telemetry';
import type { Logger } from 'pino';

const LIMIT_MS = 5_000;

/**
 * Runs `stop` once on SIGTERM or SIGINT, then sends what is left of the traces and exits with 0. A stop that takes
 * longer than `limitMs`, or fails, is said and exits with 1: a process that will not go is worse than one cut short.
 */
export function onShutdown(logger: Logger, stop: () => Promise<void> | void, limitMs = LIMIT_MS): void {
  let stopping = false;
  const handle = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error(`did not stop within ${limitMs} ms`);
      process.exit(1);
    }, limitMs).unref();
    void (async () => {
      try {
        await stop();
        await shutdownTelemetry();
        logger.info('stopped');
        process.exit(0);
      } catch (failure) {
        logger.error({ err: failure }, 'stopping failed');
        process.exit(1);
      }
    })();
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}
