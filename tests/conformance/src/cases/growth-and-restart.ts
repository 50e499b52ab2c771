import type { IncomingRecord } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { type ConformanceCase, mustBe } from '../conformance-case.ts';
import { AFTER_A_KILL_MS, type Mesh } from '../mesh.ts';

const LINK = ['us-east', 'eu-west'] as const;
/** The engines ask for topics every 5 s; twice that leaves room for a slow machine. */
const NOTICED_WITHIN_MS = 15_000;

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `key-${(from + i) % 20}`, value: String(from + i) }));
const distinct = (records: IncomingRecord[]) => new Set(records.map(({ value }) => String(value))).size;
const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

async function untilNothingIsBehind(mesh: Mesh, withinMs = 30_000): Promise<void> {
  await eventually(
    async () => {
      const { behind, failing } = await mesh.lag('eu-west', 'us-east');
      if (behind !== 0) throw new Error(`the lag is ${behind} (${failing ?? 'nothing fails'})`);
    },
    { withinMs, everyMs: 100 },
  );
}

export const growthAndRestart: ConformanceCase[] = [
  {
    name: 'new-topic',
    promise: `A new topic is copied within ${NOTICED_WITHIN_MS / 1000} s`,
    run: async (mesh) => {
      const sinceMs = performance.now();
      await mesh.makeTopic('us-east', 'new.v1', 2);
      await mesh.send('us-east', 'new.v1', numbered(0, 10));
      await mesh.copied(LINK, 'new.v1', (records) => records.length >= 10, NOTICED_WITHIN_MS);
      return seconds(sinceMs);
    },
  },
  {
    name: 'new-partitions',
    promise: `What is in added partitions is copied within ${NOTICED_WITHIN_MS / 1000} s, in the same partitions`,
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'growing.v1', 1);
      await mesh.send('us-east', 'growing.v1', [{ key: 'a', value: '0', partition: 0 }]);
      await mesh.copied(LINK, 'growing.v1', (records) => records.length >= 1);
      const sinceMs = performance.now();
      await mesh.makeTopic('us-east', 'growing.v1', 3);
      await mesh.send('us-east', 'growing.v1', [
        { key: 'b', value: '1', partition: 1 },
        { key: 'c', value: '2', partition: 2 },
      ]);
      const copies = await mesh.copied(LINK, 'growing.v1', (records) => records.length >= 3, NOTICED_WITHIN_MS);
      for (const { partition, value } of copies)
        mustBe(String(partition) === String(value), `record ${value} is in partition ${partition}`);
      return seconds(sinceMs);
    },
  },
  {
    name: 'restart',
    promise: 'Stopped in order and started again, it goes on where it was: nothing is lost, nothing comes twice',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'restarted.v1', 4);
      await mesh.send('us-east', 'restarted.v1', numbered(0, 500));
      await mesh.copied(LINK, 'restarted.v1', (records) => records.length >= 500);
      await untilNothingIsBehind(mesh);
      await mesh.stopReplicator('eu-west');
      await mesh.send('us-east', 'restarted.v1', numbered(500, 500));
      const sinceMs = performance.now();
      await mesh.startReplicator('eu-west');
      const copies = await mesh.copied(LINK, 'restarted.v1', (records) => distinct(records) >= 1_000, 60_000);
      const took = seconds(sinceMs);
      mustBe(copies.length === 1_000, `${copies.length - 1_000} of 1,000 records came twice`);
      return `caught up ${took} after the start`;
    },
  },
  {
    name: 'lag-after-restart',
    promise: 'The lag that is told after a restart is 0 once everything is copied, and the copying goes on at once',
    run: async (mesh) => {
      await mesh.stopReplicator('eu-west');
      const sinceMs = performance.now();
      await mesh.startReplicator('eu-west');
      await untilNothingIsBehind(mesh, 60_000);
      const took = seconds(sinceMs);
      await mesh.makeTopic('us-east', 'after.v1', 1);
      await mesh.send('us-east', 'after.v1', numbered(0, 1));
      await mesh.copied(LINK, 'after.v1', (records) => records.length >= 1);
      await untilNothingIsBehind(mesh);
      return `0 after ${took}`;
    },
  },
  {
    name: 'kill-9',
    promise: 'Killed (`kill -9`) while it copies and started again, it loses nothing; what comes twice keeps its order',
    run: async (mesh) => {
      const count = 20_000;
      await mesh.makeTopic('us-east', 'killed.v1', 4);
      const sending = (async () => {
        for (let from = 0; from < count; from += 500) await mesh.send('us-east', 'killed.v1', numbered(from, 500));
      })();
      await mesh.copied(LINK, 'killed.v1', (records) => records.length >= 2_000);
      await mesh.killReplicator('eu-west');
      const sinceMs = performance.now();
      await mesh.startReplicator('eu-west');
      await sending;
      const copies = await mesh.copied(LINK, 'killed.v1', (records) => distinct(records) >= count, AFTER_A_KILL_MS);
      const took = seconds(sinceMs);
      await untilNothingIsBehind(mesh);
      const first = new Map<string, number>();
      const seen = new Set<string>();
      for (const { key, value } of copies) {
        if (seen.has(String(value))) continue;
        mustBe(Number(value) > (first.get(String(key)) ?? -1), `of ${key}, ${value} came after a later one`);
        first.set(String(key), Number(value));
        seen.add(String(value));
      }
      return `${copies.length - count} of ${count} came twice; all there after ${took}`;
    },
  },
];
