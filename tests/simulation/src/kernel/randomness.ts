import { seededRandom } from '@meridian/testing';

/**
 * Randomness that comes from the seed and from nothing else. Every user has a stream of its own, named after it, so that
 * what is left out of a schedule while it is shrunk changes as little as possible of what is left in.
 */
export interface Randomness {
  /** In [0, 1). */
  next(): number;
  /** Whole, from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  oneOf<T>(values: readonly T[]): T;
}

export function randomnessOf(seed: number, name: string): Randomness {
  const next = seededRandom(seed ^ hashOf(name));
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    oneOf<T>(values: readonly T[]): T {
      if (values.length === 0) throw new Error('There is nothing to choose from.');
      return values[between(0, values.length - 1)] as T;
    },
  };
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
