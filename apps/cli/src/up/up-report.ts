import type { Step, SupervisionEvent } from '@meridian/local';
import type { ObservedStep } from '../order/observe-arrivals.ts';
import type { Ready } from './render-ready.ts';

/** Everything that `up` has to tell, in the order in which it may happen; once as text, once as lines of JSON. */
export interface UpReport {
  step(step: Step): void;
  note(sentence: string): void;
  firstOrder(observed: ObservedStep): void;
  ready(ready: Ready): void;
  event(event: SupervisionEvent): void;
  stopping(): void;
  /** Asked to stop once more. `left` names what is still there, as far as it is known. */
  stoppingAlready(left: readonly string[]): void;
  /** `ms`: since it was asked to stop; undefined when somebody else asked. */
  stopped(ms: number | undefined): void;
  close(): void;
}
