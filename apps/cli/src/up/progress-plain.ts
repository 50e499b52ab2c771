import type { Terminal } from '../terminal/terminal.ts';
import type { Progress } from './progress.ts';

/** So that a reader of a log does not wonder what is being waited for; most steps are done sooner. */
const TELL_AFTER_MS = 3_000;

/** For pipes and logs: a line when something has ended, and one before that when it takes long. */
export function plainProgress(terminal: Pick<Terminal, 'line'>, tellAfterMs = TELL_AFTER_MS): Progress {
  const late = new Map<string, NodeJS.Timeout>();
  const forget = (name: string) => {
    clearTimeout(late.get(name));
    late.delete(name);
  };
  return {
    begin(name, atOnce = false) {
      const tell = () => terminal.line(`  ${name} …`);
      if (atOnce) tell();
      else late.set(name, setTimeout(tell, tellAfterMs));
    },
    finish(name, line) {
      forget(name);
      terminal.line(line);
    },
    line: (text) => terminal.line(text),
    close() {
      for (const name of [...late.keys()]) forget(name);
    },
  };
}
