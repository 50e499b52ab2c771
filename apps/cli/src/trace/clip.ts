/** Text of at most `width` characters; what is cut off shows as `…`. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width > 0 ? `${text.slice(0, width - 1)}…` : '';
}

/** Text of exactly `width` characters. */
export function fit(text: string, width: number): string {
  return clip(text, width).padEnd(width);
}
