import { urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { notRunning, type Session } from '../session.ts';
import { shaped } from './ask.ts';
import { findContainers, type Order, processesOf, tellContainers } from './containers.ts';
import { problemSentence } from './http.ts';
import { type RunnerStatus, runnerStatus } from './process-status.ts';
import { findProfile } from './wan.ts';

const WHO = 'The runner';

interface Look {
  /** Also how much memory each process has, which containers are slow to tell. */
  memory?: boolean;
}

/** What runs, as the runner says or, where none listens, Docker. `undefined` when neither knows anything. */
export async function findRunner(session: Session, { memory = false }: Look = {}): Promise<RunnerStatus | undefined> {
  const answer = await session.http.call({ url: `${urlOf(session.addresses.runner)}/status` });
  if (answer.ok) return shaped(WHO, answer, runnerStatus);
  if (answer.reason !== 'refused')
    throw new CommandFailure(`${WHO} does not answer at ${urlOf(session.addresses.runner)} (${answer.detail}).`);
  const containers = await findContainers(session);
  if (!containers) return undefined;
  const [processes, profile] = await Promise.all([processesOf(session, containers, memory), findProfile(session)]);
  return { profile: profile ?? 'unknown', processes };
}

export async function runnerStatusOf(session: Session, look?: Look): Promise<RunnerStatus> {
  const status = await findRunner(session, look);
  if (!status) throw nothingFound(session);
  return status;
}

function nothingFound({ deployment, portOffset }: Session): CommandFailure {
  if (deployment === 'local') return notRunning(portOffset);
  return new CommandFailure('A container cannot see the others; "docker compose ps" on the machine shows what runs.');
}

/** Has the processes that `target` names killed, stopped, crashed or restarted. */
export async function tellRunner(
  session: Session,
  path: Order,
  body: { target: string; signal?: string },
): Promise<void> {
  const url = `${urlOf(session.addresses.runner)}${path}`;
  const answer = await session.http.call({ method: 'POST', url, body, timeoutMs: 60_000 });
  if (answer.ok) {
    if (answer.status >= 400) throw new CommandFailure(`${WHO} refused: ${problemSentence(answer)}.`);
    return;
  }
  if (answer.reason !== 'refused') throw new CommandFailure(`${WHO} does not answer at ${url} (${answer.detail}).`);
  const containers = await findContainers(session);
  if (!containers) throw nothingFound(session);
  await tellContainers(session, containers, body.target, path);
}

/** Two processes and three databases are started anew before it answers. */
const DESTROYED_WITHIN_MS = 180_000;

/** Has a region's data destroyed and the region started without them. Regions in containers are for `docker` to destroy. */
export async function destroyRegionData(session: Session, region: string): Promise<void> {
  const url = `${urlOf(session.addresses.runner)}/destroy`;
  const answer = await session.http.call({
    ...{ method: 'POST', url, body: { target: region }, timeoutMs: DESTROYED_WITHIN_MS },
  });
  if (answer.ok && answer.status < 400) return;
  if (answer.ok) throw new CommandFailure(`${WHO} refused: ${problemSentence(answer)}.`);
  if (answer.reason !== 'refused') throw new CommandFailure(`${WHO} does not answer at ${url} (${answer.detail}).`);
  throw new CommandFailure(
    'Only the local runner destroys data. In containers, remove the volumes of the region and start it; it rebuilds itself.',
  );
}
