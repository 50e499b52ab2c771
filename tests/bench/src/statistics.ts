/** Pure statistics of small samples. Everything here throws on an empty one: a figure of nothing is no figure. */

/** The value below which a share of the samples lies (0 to 1), without interpolation: one that was measured. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('There is no quantile of no samples.');
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

/** The middle one; between the two middle ones of an even number. */
export function median(samples: readonly number[]): number {
  return (
    (quantile(samples, 0.5) +
      -quantile(
        samples.map((sample) => -sample),
        0.5,
      )) /
    2
  );
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** With few rounds the whole range is said: it hides nothing. */
export function spreadOf(samples: readonly number[]): Spread {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

/** Round by round, so that what slowed the machine down in one of them falls on both. */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  return pairs(of, to, (a, b) => a / b);
}

export function differences(of: readonly number[], less: readonly number[]): number[] {
  return pairs(of, less, (a, b) => a - b);
}

function pairs(a: readonly number[], b: readonly number[], combine: (a: number, b: number) => number): number[] {
  if (a.length !== b.length) throw new Error(`${a.length} rounds cannot be compared with ${b.length}.`);
  return a.map((value, i) => combine(value, b[i] as number));
}

/** Of the straight line that fits the points best (least squares). */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(variance > 0)) throw new Error('A slope needs points at two places at least.');
  return covariance / variance;
}
