export { compareHlc, formatHlc, type Hlc, type HlcParts, latestHlcOf, parseHlc } from './hlc.ts';
export { createHlcClock, type HlcClock, type HlcClockOptions, type Received } from './hlc-clock.ts';
