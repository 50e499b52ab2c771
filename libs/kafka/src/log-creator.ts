import type { logLevel as LogLevel, logCreator } from 'kafkajs';
import type { Logger } from 'pino';
import { logLevel } from './kafkajs.ts';

/**
 * kafkajs's log lines, all as `debug`: during an outage it writes several errors per try and client. What an operator
 * has to know, that the cluster is away and that it is back, is said once by those who hold the client.
 */
export function logThrough(logger: Logger | undefined): { logLevel: LogLevel; logCreator: logCreator } {
  const log = ({ namespace, log: { message, timestamp: _, logger: __, stack: ___, ...details } }: LogLine) =>
    logger?.debug(details, namespace ? `kafkajs ${namespace}: ${message}` : `kafkajs: ${message}`);
  return {
    logLevel: logger?.isLevelEnabled?.('debug') ? logLevel.INFO : logLevel.NOTHING,
    logCreator: () => log,
  };
}

type LogLine = Parameters<ReturnType<logCreator>>[0];
