import { setTimeout as pause } from 'node:timers/promises';
import { CommandFailure } from '../command-failure.ts';
import { type ControlStatuses, findControls } from '../instance/control.ts';
import { findEdge } from '../instance/edge.ts';
import type { Session } from '../session.ts';

const LOOK_EVERY_MS = 50;

/** Asks again until there is an answer; fails with the sentence when there is none in time. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
  sentence: () => string,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new CommandFailure(sentence());
    await pause(LOOK_EVERY_MS);
  }
}

/** Until the control and every service of these regions know this epoch: from then on they refuse what is older. */
export function untilServicesKnow(
  session: Session,
  epoch: number,
  regions: readonly string[],
  withinMs: number,
): Promise<true> {
  let late: string[] = [];
  const look = async () => {
    const controls = await findControls(session);
    late = regions.flatMap((region) => whoIsLate(controls, region, epoch));
    return late.length === 0 ? (true as const) : undefined;
  };
  return until(look, withinMs, () => `After ${withinMs / 1_000} s epoch ${epoch} is not known to ${late.join(', ')}.`);
}

export function whoIsLate(controls: ControlStatuses, region: string, epoch: number): string[] {
  const control = controls[region];
  if (!control || control.table.epoch < epoch) return [`${region}/control`];
  return control.services.filter((one) => (one.epoch ?? -1) < epoch).map(({ service }) => `${region}/${service}`);
}

/** Until the edge goes by this epoch, and, of a region that is named, nothing is on its way to it any more. */
export function untilEdgeGoesBy(
  session: Session,
  epoch: number,
  withinMs: number,
  { drained }: { drained?: string } = {},
): Promise<true> {
  let why = 'it does not answer';
  const look = async () => {
    const edge = await findEdge(session);
    if (!edge) return undefined;
    const there = edge.regions.find(({ region }) => region === drained);
    const inFlight = there?.services.reduce((sum, service) => sum + service.inFlight, 0) ?? 0;
    why = edge.table.epoch < epoch ? `it goes by epoch ${edge.table.epoch}` : `${inFlight} requests are in flight`;
    return edge.table.epoch >= epoch && inFlight === 0 ? (true as const) : undefined;
  };
  return until(look, withinMs, () => `After ${withinMs / 1_000} s the edge does not go by epoch ${epoch}: ${why}.`);
}
