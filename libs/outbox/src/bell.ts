/** Wakes one sleeper. A ring while nobody sleeps is kept, and the next sleep ends at once. */
export interface Bell {
  ring(): void;
  /** Forgets a ring that was kept. */
  silence(): void;
  sleep(atMostMs: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    silence() {
      rung = false;
    },
    async sleep(atMostMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, atMostMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      rung = false;
    },
  };
}
