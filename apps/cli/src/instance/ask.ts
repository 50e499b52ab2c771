import { urlOf } from '@meridian/regions';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { notRunning, type Session } from '../session.ts';
import { type Answer, type Call, problemSentence, type Unreachable } from './http.ts';

/**
 * Asks a process of the running instance and checks the shape of its answer. Ends the command with one sentence when
 * nothing is running at all, when this process does not answer, or when it refuses.
 */
export async function ask<T extends z.ZodType>(
  session: Session,
  who: string,
  call: Call,
  schema: T,
): Promise<z.infer<T>> {
  return shaped(who, await reach(session, who, call), schema);
}

/** Like `ask`, for callers that judge the status themselves. */
export async function reach(session: Session, who: string, call: Call): Promise<Answer> {
  const answer = await session.http.call(call);
  if (answer.ok) return answer;
  if (!(await isRunning(session))) throw notRunning(session.portOffset);
  throw new CommandFailure(unreachableSentence(who, call, answer));
}

export function shaped<T extends z.ZodType>(who: string, answer: Answer, schema: T): z.infer<T> {
  if (answer.status >= 400) throw new CommandFailure(`${who} refused: ${problemSentence(answer)}.`);
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  throw new CommandFailure(
    `${who} answered in a shape that this command does not know: ${z.prettifyError(result.error)}`,
  );
}

/** The runner answers, or, where there is none (containers), the edge does. */
export async function isRunning(session: Session): Promise<boolean> {
  const probes = [session.addresses.runner, session.addresses.edge].map((address) =>
    session.http.call({ url: `${urlOf(address)}/health/live`, timeoutMs: 2_000 }),
  );
  return (await Promise.all(probes)).some((answer) => answer.ok || answer.reason !== 'refused');
}

function unreachableSentence(who: string, call: Call, answer: Unreachable): string {
  return `${who} does not answer at ${new URL(call.url).host} (${answer.detail}); "meridian status" shows what runs.`;
}
