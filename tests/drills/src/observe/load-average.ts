import { availableParallelism, loadavg } from 'node:os';

/** Of the last minute, with how many processors bore it: figures of a busy machine are to be read with it. */
export function loadAverage(): string {
  return `${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`;
}
