import type { Logger } from 'pino';

/** Who is running, for whoever wants it injected. */
export class ServiceContext {
  constructor(
    readonly name: string,
    /** Absent for a service outside every region. */
    readonly region: string | undefined,
    readonly logger: Logger,
  ) {}
}
