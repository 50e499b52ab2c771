export interface Repeated {
  /** Its rejection is told to `failed`, and it is done again. `signal` is aborted once it is not to be done any more. */
  work(signal: AbortSignal): Promise<void>;
  failed(failure: unknown): void;
  /** From the beginning of one to the beginning of the next, unless the work takes longer. Asked anew each time. */
  everyMs(): number;
}

export interface Repetition {
  /** Ends the pause, if there is one. */
  hurry(): void;
  /** Resolves when what is under way has ended; nothing begins any more. */
  stop(): Promise<void>;
}

/** For what a control does for as long as its process runs. Begins at once, and never two at a time. */
export function repeat({ work, failed, everyMs }: Repeated): Repetition {
  const end = new AbortController();
  const { signal } = end;
  let endPause = () => {};
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const keepOn = async () => {
    while (!signal.aborted) {
      const startedMs = performance.now();
      await work(signal).catch(failed);
      if (!signal.aborted) await pause(Math.max(0, everyMs() - (performance.now() - startedMs)));
    }
  };
  const running = keepOn();
  return {
    hurry: () => endPause(),
    async stop() {
      end.abort();
      endPause();
      await running;
    },
  };
}
