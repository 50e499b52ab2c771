import { type Host, Signal, type Task, within } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Link } from '../kernel/link.ts';
import { DatabaseAway } from '../model/postgres.ts';
import type { ServiceName } from '../observation.ts';

export const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;
/** One way, half of the round trips of infra/topology.json. */
const DELAY_MS: Record<string, number> = {
  'us-east eu-west': 42,
  'eu-west ap-southeast': 89,
  'us-east ap-southeast': 118,
};
const TO_THE_REGION_MS = 2;
const WITHIN_THE_REGION_MS = 0.5;

/** What can be asked over HTTP. */
export interface Server {
  readonly name: ServiceName;
  readonly region: { readonly id: string };
  readonly host: Host;
  /** Whether its process is up and has its clock. */
  readonly isReady: boolean;
}

/** What became of a request: it may have been carried out although no answer came. */
export type Outcome<T> = { outcome: 'answered'; value: T } | { outcome: 'refused' | 'unknown'; value?: undefined };

/** The links between regions, and requests over them and within a region. */
export class Network {
  readonly links: Link[];
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.links = REGIONS.flatMap((from) =>
      REGIONS.flatMap((to) => {
        const delayMs = DELAY_MS[`${from} ${to}`] ?? DELAY_MS[`${to} ${from}`];
        return delayMs === undefined ? [] : [new Link(kernel, from, to, delayMs)];
      }),
    );
  }

  link(from: string, to: string): Link {
    return this.links.find((link) => link.from === from && link.to === to) as Link;
  }

  /** A request over HTTP. Whoever asks waits `withinMs`; the server carries on by itself. */
  *request<T>(from: string, server: Server, handle: () => Task<T>, withinMs: number): Task<Outcome<T>> {
    const kernel = this.#kernel;
    const to = server.region.id;
    const delayMs = () => {
      const nearMs = from === to ? WITHIN_THE_REGION_MS : TO_THE_REGION_MS;
      return nearMs * (1 + kernel.randomOf(`requests to ${server.name} of ${to}`).next());
    };
    const isFar = from !== to && from !== CLIENT;
    const send = (a: string, b: string, arrive: () => void) =>
      isFar ? this.link(a, b).send(arrive) : kernel.after(delayMs(), arrive);

    let outcome: Outcome<T> = { outcome: 'unknown' };
    const answered = new Signal();
    const answer = (result: Outcome<T>) =>
      send(to, from, () => {
        outcome = result;
        answered.happen();
      });
    send(from, to, () => {
      if (server.isReady) server.host.start(serve(handle, answer));
      else answer({ outcome: 'refused' });
    });
    yield* within(kernel, answered, withinMs);
    return outcome;
  }
}

/** Who is near to every region. */
export const CLIENT = 'client';

/** A server whose database went away while it worked answers that it does not know (503). */
function* serve<T>(handle: () => Task<T>, answer: (result: Outcome<T>) => void): Task<void> {
  try {
    answer({ outcome: 'answered', value: yield* handle() });
  } catch (failure) {
    if (!(failure instanceof DatabaseAway)) throw failure;
    answer({ outcome: 'unknown' });
  }
}
