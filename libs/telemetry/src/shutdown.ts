/** Left here by `startTelemetry`; kept apart so that a process without the SDK does not load it in order to stop. */
let shutdown: (() => Promise<void>) | undefined;

/** Spans that cannot be delivered by then are given up: a stop does not wait for a collector that is away. */
const LIMIT_MS = 1_000;

export function setTelemetryShutdown(of: () => Promise<void>): void {
  shutdown = of;
}

/** Sends what is still queued, within a second, and ends tracing. Never rejects: a lost span must not fail a clean stop. */
export async function shutdownTelemetry(): Promise<void> {
  const pending = shutdown?.().catch(() => undefined);
  shutdown = undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS);
  });
  await Promise.race([pending, limit]);
  clearTimeout(timer);
}
