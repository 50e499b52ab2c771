import { urlOf } from '@meridian/regions';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { notRunning, type Session } from '../session.ts';
import { shaped } from './ask.ts';
import { problemSentence } from './http.ts';

/** The local runner's control interface: which processes there are, and kill, restart, shut down. */
const processStatus = z.object({
  name: z.string(),
  kind: z.string(),
  region: z.string().nullish(),
  pid: z.number().nullish(),
  state: z.string(),
  restarts: z.number(),
  rssBytes: z.number().nullish(),
  port: z.number().nullish(),
});
export type ProcessStatus = z.infer<typeof processStatus>;

const runnerStatus = z.object({ profile: z.string(), processes: z.array(processStatus) });
export type RunnerStatus = z.infer<typeof runnerStatus>;

const WHO = 'The runner';

/** `undefined` when no runner listens. */
export async function findRunner(session: Session): Promise<RunnerStatus | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.runner)}/status` });
  if (answer.ok) return shaped(WHO, answer, runnerStatus);
  if (answer.reason === 'refused') return undefined;
  throw new CommandFailure(`${WHO} does not answer at ${urlOf(session.addresses.runner)} (${answer.detail}).`);
}

export async function runnerStatusOf(session: Session): Promise<RunnerStatus> {
  const status = await findRunner(session);
  if (!status) throw notRunning(session.portOffset);
  return status;
}

export async function tellRunner(
  session: Session,
  path: '/kill' | '/signal' | '/restart' | '/shutdown',
  body: object = {},
): Promise<void> {
  const url = `${urlOf(session.addresses.runner)}${path}`;
  const answer = await session.http.call({ method: 'POST', url, body, timeoutMs: 60_000 });
  if (!answer.ok) {
    if (answer.reason === 'refused') throw notRunning(session.portOffset);
    throw new CommandFailure(`${WHO} does not answer at ${url} (${answer.detail}).`);
  }
  if (answer.status >= 400) throw new CommandFailure(`${WHO} refused: ${problemSentence(answer)}.`);
}
