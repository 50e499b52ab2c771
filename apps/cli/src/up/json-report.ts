import { observedStepToJson } from '../order/render-observed-step.ts';
import type { UpReport } from './up-report.ts';

/** One object a line; `type` says what it tells, `at` when. */
export function jsonReport(line: (text: string) => void, now: () => Date = () => new Date()): UpReport {
  const tell = (type: string, content: object = {}) =>
    line(JSON.stringify({ type, at: now().toISOString(), ...content }));
  return {
    step: ({ name, state, ms }) => tell('step', { name, state, ...(ms === undefined ? {} : { ms: Math.round(ms) }) }),
    note: (sentence) => tell('note', { sentence }),
    firstOrder: (observed) => tell('first-order', observedStepToJson(observed)),
    ready: (ready) => tell('ready', { ...ready, tookMs: Math.round(ready.tookMs) }),
    event: ({ type, ...content }) => tell(type, content),
    stopping: () => tell('stopping'),
    stoppingAlready: (left) => tell('stopping-already', { left }),
    stopped: (ms) => tell('stopped', ms === undefined ? {} : { ms: Math.round(ms) }),
    close: () => undefined,
  };
}
