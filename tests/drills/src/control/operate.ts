import { deployment, meridian, TEST_PORT_OFFSET } from '@meridian/test-harness';

/** A step of a procedure as its command reports it. `atMs`: when it ended, since the procedure began. */
export interface TakenStep {
  step: string;
  said: string;
  tookMs: number;
  atMs: number;
}

const AT = deployment === 'local' ? ['--port-offset', String(TEST_PORT_OFFSET)] : [];

/** A command of the runbooks, given as an operator gives it; what it reports. Throws when it ends with an error. */
export async function operate<Report>(...command: string[]): Promise<Report> {
  const { code, stdout, stderr } = await meridian(...command, '--json', ...AT);
  if (code !== 0) throw new Error(`meridian ${command.join(' ')} ended with ${code}: ${stderr || stdout}`);
  return JSON.parse(stdout);
}

/** `decide 412 ms, serve 3520 ms`. */
export function timesOf(steps: readonly Pick<TakenStep, 'step' | 'tookMs'>[]): string {
  return steps.map(({ step, tookMs }) => `${step} ${tookMs} ms`).join(', ');
}
