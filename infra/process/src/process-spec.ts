/** How to run one process, and how to know that it serves. Starting it again from the same spec must be safe. */
export interface ProcessSpec {
  /** As people and logs call it: `eu-west/kafka`, `edge`. */
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** User and group to run as, when the one who starts it is root and the process refuses that. */
  uid?: number;
  gid?: number;
  /** Standard output and standard error are appended here. */
  logFile: string;
  /** Done before each start: what a violent end may have left behind. */
  prepare?: () => Promise<void>;
  /** Resolves when the process serves; rejects with what is still missing. Called again until `readyWithinMs`. */
  ready: () => Promise<void>;
  readyWithinMs: number;
  stopSignal: NodeJS.Signals;
  /** After this it is killed. */
  stopWithinMs: number;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}
