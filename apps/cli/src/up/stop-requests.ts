import type { EventEmitter } from 'node:events';
import type { Terminal } from '../terminal/terminal.ts';

export interface StopRequests {
  /** Aborted by the first request. */
  signal: AbortSignal;
  stopListening(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal sends a Ctrl-C to all its processes, and npm hands it on besides: the same one may come twice. */
const SAME_REQUEST_WITHIN_MS = 500;

/**
 * Whatever asks a run to stop: Ctrl-C, `meridian down`, a closed terminal, and a reader of the output that went away
 * (`npm start | head`): nobody would know of the run any more. None of them ends this process before its children.
 */
export function listenForStop(
  terminal: Pick<Terminal, 'whenGone'>,
  onAgain: () => void,
  source: EventEmitter = process,
  sameWithinMs = SAME_REQUEST_WITHIN_MS,
): StopRequests {
  const asked = new AbortController();
  let askedAtMs = 0;
  const ask = () => {
    if (asked.signal.aborted) {
      if (performance.now() - askedAtMs > sameWithinMs) onAgain();
      return;
    }
    askedAtMs = performance.now();
    asked.abort();
  };
  for (const name of SIGNALS) source.on(name, ask);
  terminal.whenGone(ask);
  return {
    signal: asked.signal,
    stopListening: () => {
      for (const name of SIGNALS) source.off(name, ask);
    },
  };
}
