import { urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { reach } from '../instance/ask.ts';
import { problemSentence } from '../instance/http.ts';
import type { Session } from '../session.ts';
import type { JaegerTrace } from './jaeger-trace.ts';

/** From Jaeger's query API, whoever answers it. `undefined`: no span of this trace has come in. */
export async function fetchTrace(session: Session, traceId: string): Promise<JaegerTrace | undefined> {
  const url = `${urlOf(session.addresses.traceQuery)}/api/traces/${traceId}`;
  const answer = await reach(session, 'The trace store', { url });
  if (answer.status === 404) return undefined;
  if (answer.status >= 400) throw new CommandFailure(`The trace store refused: ${problemSentence(answer)}.`);
  const trace = (answer.body as { data?: JaegerTrace[] } | null)?.data?.[0];
  return trace && trace.spans.length > 0 ? trace : undefined;
}
