import type { KnownOfHere } from './known-of-here.ts';

/**
 * What a service does about what it had promised alone, in tables that no other region has, once its states are back and
 * before it serves. It may be called again after a crash, so doing it twice is doing it once.
 */
export interface AfterRebuild {
  /** One plain sentence for each thing that a person should know. */
  afterRebuild(known: Pick<KnownOfHere, 'wasHeard'>): Promise<string[]>;
}
