/**
 * Sends at a fixed rate whatever the answers take (open loop): a system that grows slow is sent no less, as its users
 * would not wait for each other either. Resolves when all are answered, with the rate that was kept.
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
  const total = Math.round((perSecond * forMs) / 1000);
  const answers: Promise<void>[] = [];
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - started) * perSecond) / 1000) + 1);
    while (answers.length < due) answers.push(send(answers.length));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const sentMs = performance.now() - started;
  await Promise.all(answers);
  return { sent: total, perSecond: Math.round((total * 1000) / sentMs) };
}
