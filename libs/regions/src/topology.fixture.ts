import { parseTopology } from './index.ts';

const region = (id: string, lat: number, lon: number, timeZone: string) => ({
  id,
  name: id,
  location: { lat, lon },
  timeZone,
  jurisdiction: 'XX',
});
const link = (a: string, b: string) => ({ between: [a, b], rttMs: {}, egressUsdPerGb: [0, 0] });

/** The three shipped regions. */
export const topology = parseTopology({
  regions: [
    region('us-east', 38.95, -77.45, 'America/New_York'),
    region('eu-west', 53.35, -6.26, 'Europe/Dublin'),
    region('ap-southeast', 1.35, 103.82, 'Asia/Singapore'),
  ],
  links: [link('us-east', 'eu-west'), link('us-east', 'ap-southeast'), link('eu-west', 'ap-southeast')],
  profiles: { none: { description: '', jitterMs: 0, bandwidthMbps: 0 } },
  defaultProfile: 'none',
});
