import { requestsDue } from '@meridian/testing';

/** Short, as the mean rate is what a drill promises; see `requestsDue`. */
const RAMP_MS = 1_000;

/**
 * Sends at a fixed rate, after a ramp, whatever the answers take (open loop): a system that grows slow is sent no less, as its users
 * would not wait for each other either. Resolves when all are answered, with the mean rate that was kept.
 */
export async function sendAtRate({
  perSecond,
  forMs,
  send,
}: {
  perSecond: number;
  forMs: number;
  send(i: number): Promise<void>;
}): Promise<{ sent: number; perSecond: number }> {
  const started = performance.now();
  const pace = { perSecond, rampMs: RAMP_MS };
  const total = Math.round((perSecond * forMs) / 1000);
  const answers: Promise<void>[] = [];
  while (answers.length < total) {
    const due = Math.min(total, requestsDue(performance.now() - started, pace) + 1);
    while (answers.length < due) answers.push(send(answers.length));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const sentMs = performance.now() - started;
  await Promise.all(answers);
  return { sent: total, perSecond: Math.round((total * 1000) / sentMs) };
}
