import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { registerUser, viaEdge } from './clients.ts';
import { type Outcome, type Pace, pause, type Workload, workUntilStopped } from './work-until-stopped.ts';

/** One person who registers, and then takes another name. */
export interface UserOperation {
  region: RegionId;
  /** A new one each time: two users with the same one are a registration that took effect twice. */
  email: string;
  name: string;
  newName: string;
  registered: Outcome;
  /** `fail` also when it was never sent, because the registration was not acknowledged. */
  renamed: Outcome;
  userId?: string;
  startedAtMs: number;
  endedAtMs: number;
  why?: string;
}

interface Options extends Pace {
  /** How long a client goes on with one user. */
  patienceMs: number;
}

const TIMEOUT_MS = 5_000;
/** No connection was made, so nothing was sent. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);

/** Clients in every given region that register users and rename them until stopped. */
export function startUserWorkload(options: Options): Workload<UserOperation> {
  return workUntilStopped(options, (region) => oneUser(region, options.patienceMs));
}

async function oneUser(region: RegionId, patienceMs: number): Promise<UserOperation> {
  const email = `${randomUUID()}@example.com`;
  const startedAtMs = performance.now();
  const operation: UserOperation = {
    region,
    email,
    name: `First ${email.slice(0, 8)}`,
    newName: `Second ${email.slice(0, 8)}`,
    registered: 'fail',
    renamed: 'fail',
    startedAtMs,
    endedAtMs: 0,
  };
  const isPatient = () => performance.now() - startedAtMs < patienceMs;
  await register(operation, isPatient);
  if (operation.registered === 'ok') await rename(operation, isPatient);
  operation.endedAtMs = performance.now();
  return operation;
}

/**
 * A registration has no key, so a client repeats only what surely was not done: no connection to the edge, or the edge's
 * `region-unavailable`, by which it had none to the region. `service-unavailable` is not among them: a database that dies
 * between the commit and its word for it is away, too.
 */
async function register(operation: UserOperation, isPatient: () => boolean): Promise<void> {
  while (isPatient()) {
    try {
      const { status, body } = await registerUser(operation.region, operation.name, {
        email: operation.email,
        timeoutMs: TIMEOUT_MS,
      });
      operation.why = `register: ${status} ${body?.type ?? ''}`;
      if (status === 201) operation.userId = body.id;
      if (body?.type !== 'urn:meridian:problem:region-unavailable') {
        operation.registered = status === 201 ? 'ok' : status < 500 ? 'fail' : 'info';
        return;
      }
    } catch (error) {
      operation.why = `register: ${error instanceof Error ? error.message : String(error)}`;
      if (!NEVER_CONNECTED.has((error as NodeJS.ErrnoException).code ?? '')) {
        operation.registered = 'info';
        return;
      }
    }
    await pause(100);
  }
}

/**
 * The same name by the only one who changes it: doing it twice is doing it once, so it is sent until it is acknowledged.
 * 404 is waited for, as another region may have been asked that does not know the user yet.
 */
async function rename(operation: UserOperation, isPatient: () => boolean): Promise<void> {
  operation.renamed = 'info';
  while (isPatient()) {
    try {
      const { status, body } = await viaEdge(operation.region, `/users/${operation.userId}`, {
        method: 'PATCH',
        body: { name: operation.newName },
        timeoutMs: TIMEOUT_MS,
      });
      operation.why = `rename: ${status} ${body?.type ?? ''}`;
      if (status === 200) {
        operation.renamed = 'ok';
        return;
      }
    } catch (error) {
      operation.why = `rename: ${error instanceof Error ? error.message : String(error)}`;
    }
    await pause(100);
  }
}
