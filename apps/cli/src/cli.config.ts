import { fileURLToPath } from 'node:url';
import type { Deployment } from '@meridian/regions';

/** The only reader of the environment in this app. */
export interface CliConfig {
  topologyPath: string;
  /** As given; judged where the addresses are made, so that an option can take its place first. */
  portOffset: string | undefined;
  /** Whose neighbour this command is: of processes on this machine, or, run as a container, of containers. */
  deployment: Deployment;
  /** The project whose containers are asked when no runner listens. */
  composeProject: string;
  /** The replicator's engine, as given; judged by `up`. */
  replicator: string | undefined;
  /** Of the topics, as given; judged by `up`. */
  topicCompression: string | undefined;
  color: boolean;
  /** Whether lines may be redrawn in place. */
  interactive: boolean;
  /** Columns when the output is no terminal. */
  columns: number;
}

const DEFAULT_COLUMNS = 100;

export function readCliConfig(isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): CliConfig {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  const columns = Number(env.COLUMNS);
  return {
    topologyPath: env.MERIDIAN_TOPOLOGY || fileURLToPath(new URL('../../../infra/topology.json', import.meta.url)),
    portOffset: env.MERIDIAN_PORT_OFFSET || undefined,
    deployment: env.MERIDIAN_DEPLOYMENT === 'compose' ? 'compose' : 'local',
    composeProject: env.COMPOSE_PROJECT_NAME || 'meridian',
    replicator: env.MERIDIAN_REPLICATOR || undefined,
    topicCompression: env.MERIDIAN_TOPIC_COMPRESSION || undefined,
    color: !refused && (forced || (isTerminal && env.TERM !== 'dumb')),
    interactive: isTerminal && env.TERM !== 'dumb',
    columns: Number.isInteger(columns) && columns >= 40 ? columns : DEFAULT_COLUMNS,
  };
}
