import type { Link } from '../kernel/link.ts';
import type { Fault } from './schedule.ts';
import type { World } from './world.ts';

const FLAP_MS = 120;

/** Brings a fault about; what is returned ends it. Two faults of a kind may overlap, and each ends for itself. */
export function inject(fault: Fault, world: World): () => void {
  const { kernel } = world;
  switch (fault.fault) {
    case 'cut':
      return cut([world.network.link(fault.from, fault.to)]);
    case 'isolate':
      return cut(world.network.links.filter((link) => link.from === fault.region || link.to === fault.region));
    case 'flap': {
      const links = [world.network.link(fault.from, fault.to), world.network.link(fault.to, fault.from)];
      let ended = false;
      let heal: (() => void) | undefined = cut(links);
      const turn = (): void => {
        if (ended) return;
        if (heal) heal();
        heal = heal ? undefined : cut(links);
        kernel.after(FLAP_MS, turn);
      };
      kernel.after(FLAP_MS, turn);
      return () => {
        ended = true;
        heal?.();
      };
    }
    case 'slow-link': {
      const link = world.network.link(fault.from, fault.to);
      link.extraDelayMs += fault.extraMs;
      return () => {
        link.extraDelayMs -= fault.extraMs;
      };
    }
    case 'loss':
      for (const link of world.network.links) link.loss = fault.probability;
      return () => {
        for (const link of world.network.links) link.loss = 0;
      };
    case 'clock': {
      const { wallClock } = world.region(fault.region);
      wallClock.skewMs += fault.skewMs;
      return () => {
        wallClock.skewMs -= fault.skewMs;
      };
    }
    default:
      return injectInto(fault, world);
  }
}

function injectInto(fault: Extract<Fault, { region: string }>, world: World): () => void {
  const region = world.region(fault.region);
  const { database, kafka, switches } = region;
  switch (fault.fault) {
    case 'crash-service':
      return switches[fault.service].hold();
    case 'crash-database':
      return switches.database.hold();
    case 'crash-replicator':
      return switches.replicator.hold();
    case 'broker-away':
      return switches.kafka.hold();
    case 'crash-region': {
      const ends = Object.values(switches).map((one) => one.hold());
      return () => {
        for (const end of ends) end();
      };
    }
    case 'broker-refuses':
      kafka.refusals = 0.5;
      kafka.lostAnswers = 0.3;
      return () => {
        kafka.refusals = 0;
        kafka.lostAnswers = 0;
      };
    case 'lost-answers':
      database.lostAnswers = 0.5;
      return () => {
        database.lostAnswers = 0;
      };
    case 'hold-horizon':
      database.holdHorizon(fault.forMs);
      return () => undefined;
    default:
      throw new Error(`"${fault.fault}" is not of one region.`);
  }
}

function cut(links: Link[]): () => void {
  for (const link of links) link.cuts += 1;
  return () => {
    for (const link of links) link.cuts -= 1;
  };
}
