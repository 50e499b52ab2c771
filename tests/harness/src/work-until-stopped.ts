import type { RegionId } from '@meridian/regions';

/** What a client knows of an operation: it happened, it did not, or nobody can say. */
export type Outcome = 'ok' | 'fail' | 'info';

export interface Workload<Operation> {
  history: Operation[];
  /** Sends no more and waits for what is under way. */
  stop(): Promise<Operation[]>;
}

export interface Pace {
  regions: RegionId[];
  /** Clients per region; each has one operation under way at a time. */
  clients: number;
  /** Least time between the starts of two operations of one client. */
  everyMs: number;
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Clients in every given region that do one operation after the other until stopped. */
export function workUntilStopped<Operation>(
  { regions, clients, everyMs }: Pace,
  operate: (region: RegionId) => Promise<Operation>,
): Workload<Operation> {
  const history: Operation[] = [];
  let stopping = false;
  const client = async (region: RegionId) => {
    while (!stopping) {
      const started = performance.now();
      history.push(await operate(region));
      const rest = everyMs - (performance.now() - started);
      if (rest > 0) await pause(rest);
    }
  };
  const running = regions.flatMap((region) => Array.from({ length: clients }, () => client(region)));
  return {
    history,
    async stop() {
      stopping = true;
      await Promise.all(running);
      return history;
    },
  };
}
