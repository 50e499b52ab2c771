/** Three digits that mean something: `0.42 ms`, `42.4 ms`, `118 ms`. */
export function formatMs(ms: number): string {
  const magnitude = Math.abs(ms);
  const digits = magnitude < 1 ? 2 : magnitude < 100 ? 1 : 0;
  return `${ms.toFixed(digits)} ms`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Megabytes as operating systems print them (2^20 bytes). */
export function formatBytes(bytes: number): string {
  const mb = bytes / 2 ** 20;
  return mb < 1024 ? `${mb.toFixed(mb < 10 ? 1 : 0)} MB` : `${(mb / 1024).toFixed(2)} GB`;
}

export function formatMoney(money: { amountMinor: number; currency: string }): string {
  return `${money.currency} ${(money.amountMinor / 100).toFixed(2)}`;
}
