/**
 * A bar of `width` characters that is filled from `from` to `to`, shares of the whole. Half characters double what can be
 * told apart, and even the shortest step is one half of one.
 */
export function timeBar(width: number, from: number, to: number): string {
  const halves = width * 2;
  const first = Math.min(halves - 1, Math.max(0, Math.floor(from * halves)));
  const end = Math.min(halves, Math.max(first + 1, Math.round(to * halves)));
  const isFilled = (half: number) => half >= first && half < end;
  let bar = '';
  for (let i = 0; i < width; i += 1) {
    const left = isFilled(2 * i);
    const right = isFilled(2 * i + 1);
    bar += left && right ? '█' : left ? '▌' : right ? '▐' : ' ';
  }
  return bar;
}
