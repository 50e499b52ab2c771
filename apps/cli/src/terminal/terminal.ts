import picocolors from 'picocolors';

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong' | 'plain';
export type Paint = (tone: Tone, text: string) => string;

/** Where a command writes. Rendering itself is done by pure functions that get `width` and `paint`. */
export interface Terminal {
  line(text?: string): void;
  /** As it is, without an end of line. */
  write(text: string): void;
  errorLine(text: string): void;
  /** Whether lines may be redrawn in place. */
  interactive: boolean;
  width: number;
  color: boolean;
  paint: Paint;
  /** What to do, once, when nobody reads the output any more; the process ends at once unless something else is said. */
  whenGone(then: () => void): void;
}

export function createPaint(color: boolean): Paint {
  const colors = picocolors.createColors(color);
  const byTone: Record<Tone, (text: string) => string> = {
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    dim: colors.dim,
    strong: colors.bold,
    plain: (text) => text,
  };
  return (tone, text) => byTone[tone](text);
}

export function createTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  config: { color: boolean; columns: number; interactive: boolean },
): Terminal {
  // `meridian status | head` closes our output early; that is no failure.
  let gone = (): void => process.exit(0);
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      const then = gone;
      // Every further write fails, too.
      gone = () => undefined;
      then();
    });
  const write = (text: string) => void stdout.write(text);
  return {
    line: (text = '') => write(`${text}\n`),
    write,
    errorLine: (text) => void stderr.write(`${text}\n`),
    interactive: config.interactive,
    width: stdout.columns ?? config.columns,
    color: config.color,
    paint: createPaint(config.color),
    whenGone: (then) => {
      gone = then;
    },
  };
}
