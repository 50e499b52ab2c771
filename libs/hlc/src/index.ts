export { compareHlc, formatHlc, type Hlc, type HlcParts, parseHlc } from './hlc.ts';
export { createHlcClock, type HlcClock, type HlcClockOptions } from './hlc-clock.ts';
