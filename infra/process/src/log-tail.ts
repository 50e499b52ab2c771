import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 16_384;

/** The last lines of a log, each indented on a line of its own; empty when there is no log. */
export function tailOf(file: string, lines = 12): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const last = buffer.toString('utf8').trimEnd().split('\n').slice(-lines);
    return last.join('').length > 0
      ? ` Its log ends:\n${last.map((line) => `    ${line.slice(0, 400)}`).join('\n')}`
      : '';
  } finally {
    closeSync(descriptor);
  }
}
