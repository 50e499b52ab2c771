import type { RebuildResponse } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';
import type { Report } from '../repair/repair.ts';
import { formatSeconds } from '../terminal/format-figures.ts';

/** What a rebuild came to. */
export interface RebuildSummary {
  region: RegionId;
  equal: boolean;
  sentence: string;
  /** From the command until the regions were equal. */
  seconds: number;
  services: {
    service: string;
    aggregates: number;
    seconds: number;
    /** Null for too few to say: it is mostly waiting then. */
    secondsPer100k: number | null;
    knownSequences: Record<string, number>;
    notes: string[];
  }[];
  /** States that were told again, as another region lacked them. */
  resent: number;
}

const FEWEST_TO_SAY = 1_000;

export function summaryOf(
  region: RegionId,
  rebuilds: readonly RebuildResponse[],
  { equal, sentence, resent }: Pick<Report, 'equal' | 'sentence' | 'resent'>,
  ms: number,
): RebuildSummary {
  const services = rebuilds.map(({ service, report }) => {
    const { aggregates = 0, seconds = 0, knownSequences = {}, notes = [] } = report ?? {};
    const secondsPer100k = aggregates < FEWEST_TO_SAY ? null : Math.round((seconds / aggregates) * 1e6) / 10;
    return { service, aggregates, seconds, secondsPer100k, knownSequences, notes };
  });
  const told = resent.reduce((sum, { states }) => sum + states, 0);
  return { region, equal, sentence, seconds: Math.round(ms / 100) / 10, services, resent: told };
}

export function summaryLines({ region, sentence, seconds, services, resent }: RebuildSummary): string[] {
  return [
    '',
    ...services.flatMap(({ service, aggregates, knownSequences, notes, ...took }) => {
      const rate = took.secondsPer100k === null ? '' : `, ${took.secondsPer100k.toFixed(1)} s per 100,000`;
      const known = knownSequences[`/${region}/${service}`] ?? 0;
      return [
        `${region}/${service}: ${aggregates} aggregates in ${formatSeconds(took.seconds * 1000)}${rate}`,
        `  the others have its events up to ${known}; what it wrote behind that is lost`,
        ...notes.map((note) => `  ${note}`),
      ];
    }),
    ...(resent > 0 ? [`${resent} states were told again, as another region lacked them`] : []),
    `\n${sentence} It took ${formatSeconds(seconds * 1000)}.`,
  ];
}

export function progressLine({ region, service, phase, waitingFor, taken, expected }: RebuildResponse): string {
  const how = { ...PHASES, taking: `takes states, ${taken} of about ${expected ?? 'some'} so far` }[phase];
  return `${region}/${service} ${how}${waitingFor === null ? '' : ` (${waitingFor})`}`;
}

const PHASES: Record<RebuildResponse['phase'], string> = {
  hearing: 'asks the others what they have of it',
  numbering: 'numbers on behind what they know',
  taking: 'takes states',
  'catching-up': 'catches up with events',
  comparing: 'compares',
  joined: 'has its data and serves',
};
