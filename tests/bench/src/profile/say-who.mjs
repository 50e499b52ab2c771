import { writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Loaded before each program whose processor time is recorded: a profile does not tell of which process it is. One per
 * process, not per thread.
 */
const { MERIDIAN_PROFILE_DIR, MERIDIAN_REGION, MERIDIAN_REPLICATOR, MERIDIAN_TRACE_RATIO } = process.env;
if (MERIDIAN_PROFILE_DIR && process.argv[1]) {
  const [, file, ...args] = process.argv;
  const program = path.relative(process.cwd(), file);
  const who = [
    ...[MERIDIAN_REGION, program],
    // No address or password of a database.
    ...args.filter((arg) => !arg.includes(':')),
    ...(program.includes('replicator') ? [MERIDIAN_REPLICATOR] : []),
    MERIDIAN_TRACE_RATIO && `traced ${MERIDIAN_TRACE_RATIO}`,
  ];
  writeFileSync(path.join(MERIDIAN_PROFILE_DIR, `${process.pid}.who`), who.filter(Boolean).join(' '));
}
