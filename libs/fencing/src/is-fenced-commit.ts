import { FENCED_SQLSTATE } from './epoch-ddl.ts';

/** Whether it was the fence that refused a commit: told by the driver, or by Prisma around what the driver told it. */
export function isFencedCommit(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  const { code, meta } = failure as { code?: unknown; meta?: { driverAdapterError?: { cause?: Cause } } };
  const cause = meta?.driverAdapterError?.cause;
  return [code, cause?.originalCode, cause?.code].includes(FENCED_SQLSTATE);
}

interface Cause {
  code?: string;
  originalCode?: string;
}
