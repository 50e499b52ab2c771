import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { remoteTopic } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { type ConformanceCase, mustBe } from '../conformance-case.ts';

const LINK = ['us-east', 'eu-west'] as const;
const rounds = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: 'k', value: `${name}-${i}` }));
const ofRound = (name: string) => (records: IncomingRecord[]) =>
  new Set(records.map(({ value }) => String(value)).filter((value) => value.startsWith(`${name}-`))).size;

/** Whether something of `topic` was said in the log since `before` that a person would be woken by. */
function saidLoudly(log: string, before: number, topic: string): boolean {
  return log
    .slice(before)
    .split('\n')
    .some((line) => line.includes(topic) && /"level":(?:"(?:warn|error|fatal)"|[456]0)|\b(?:WARN|ERROR)\b/.test(line));
}

export const brokenSource: ConformanceCase[] = [
  {
    name: 'recreated-shorter',
    promise: 'A topic that was deleted and made again is copied from its new beginning, and that is said in the log',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'anew.v1', 1);
      await mesh.send('us-east', 'anew.v1', rounds('old', 20));
      await mesh.copied(LINK, 'anew.v1', (records) => records.length >= 20);
      const before = (await mesh.replicatorLog('eu-west')).length;
      await mesh.deleteTopic('us-east', 'anew.v1');
      await mesh.makeTopic('us-east', 'anew.v1', 1);
      await mesh.send('us-east', 'anew.v1', rounds('new', 10));
      const isThere = (records: IncomingRecord[]) => ofRound('new')(records) >= 10;
      await mesh.copied(LINK, 'anew.v1', isThere, 20_000);
      mustBe(
        saidLoudly(await mesh.replicatorLog('eu-west'), before, 'anew.v1'),
        'all was copied, but nothing was said',
      );
      return '10 of 10';
    },
  },
  {
    name: 'recreated-longer',
    promise: 'The same when the new log is longer than the old one was by the time that it is looked at',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'longer.v1', 1);
      await mesh.send('us-east', 'longer.v1', rounds('old', 10));
      await mesh.copied(LINK, 'longer.v1', (records) => records.length >= 10);
      await mesh.stopReplicator('eu-west');
      const before = (await mesh.replicatorLog('eu-west')).length;
      try {
        await mesh.deleteTopic('us-east', 'longer.v1');
        await mesh.makeTopic('us-east', 'longer.v1', 1);
        await mesh.send('us-east', 'longer.v1', rounds('new', 30));
      } finally {
        await mesh.startReplicator('eu-west');
      }
      const copies = await mesh.copied(LINK, 'longer.v1', (records) =>
        records.some((r) => String(r.value) === 'new-29'),
      );
      const arrived = ofRound('new')(copies);
      mustBe(arrived === 30, `${30 - arrived} of 30 records were left out in silence`);
      mustBe(
        saidLoudly(await mesh.replicatorLog('eu-west'), before, 'longer.v1'),
        'all was copied, but nothing was said',
      );
      return '30 of 30';
    },
  },
  {
    name: 'truncated',
    promise: 'Records that the origin dropped before they were copied are missed loudly; the rest is copied',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'cut.v1', 1);
      await mesh.send('us-east', 'cut.v1', rounds('first', 10));
      await mesh.copied(LINK, 'cut.v1', (records) => records.length >= 10);
      await mesh.stopReplicator('eu-west');
      const before = (await mesh.replicatorLog('eu-west')).length;
      const admin = mesh.kafka('us-east').admin();
      try {
        await mesh.send('us-east', 'cut.v1', rounds('second', 20));
        await admin.deleteRecordsBefore('cut.v1', { 0: '20' });
      } finally {
        await admin.close();
        await mesh.startReplicator('eu-west');
      }
      const isThere = (records: IncomingRecord[]) => records.some((r) => String(r.value) === 'second-19');
      const arrived = ofRound('second')(await mesh.copied(LINK, 'cut.v1', isThere));
      mustBe(arrived === 10, `${arrived} of the 10 records that are left were copied`);
      mustBe(
        saidLoudly(await mesh.replicatorLog('eu-west'), before, 'cut.v1'),
        '10 records are lost, and nothing was said',
      );
      return '10 of 10 that are left, the loss said';
    },
  },
  {
    name: 'renamed-region',
    promise: 'After a region is renamed, copies under its old name are still copies and are not copied again',
    run: async (mesh) => {
      const [renamed, now] = ['ap-southeast', 'ap-south'];
      await mesh.makeTopic(renamed, 'named.v1', 1);
      await mesh.send(renamed, 'named.v1', [{ key: 'k', value: 'v' }]);
      await mesh.copied([renamed, 'us-east'], 'named.v1', (records) => records.length >= 1);
      const file = path.join(tmpdir(), `meridian-conformance-renamed-${process.pid}.json`);
      const topology = await readFile(path.resolve(import.meta.dirname, '../../../../infra/topology.json'), 'utf8');
      await writeFile(file, topology.replaceAll(`"${renamed}"`, `"${now}"`));
      await mesh.stopReplicator('eu-west');
      try {
        await mesh.startReplicator('eu-west', file);
        // One after the other: by the second it has looked at what there is with its new settings, which MirrorMaker 2 takes
        // over a moment after it goes on with the old ones.
        for (const since of ['since-renamed.v1', 'long-since.v1']) {
          await mesh.makeTopic('us-east', since, 1);
          await mesh.send('us-east', since, [{ key: 'k', value: 'v' }]);
          await mesh.copied(LINK, since, (records) => records.length >= 1);
        }
        const again = Object.keys(await mesh.topics('eu-west')).filter((t) =>
          t.startsWith(remoteTopic('us-east', renamed)),
        );
        mustBe(again.length === 0, `us-east's copies were copied again, as ${again.join(', ')}`);
      } finally {
        await mesh.stopReplicator('eu-west');
        await rm(file, { force: true });
        await mesh.startReplicator('eu-west');
      }
      return 'none';
    },
  },
  {
    name: 'oversized',
    promise:
      'A record that the target refuses as too large is said, and holds up neither other topics nor what follows it for ever',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'large.v1', 1);
      await mesh.makeTopic('us-east', 'beside.v1', 4);
      await mesh.send('us-east', 'large.v1', [{ key: 'k', value: 'small' }]);
      await mesh.send('us-east', 'beside.v1', [{ key: 'k', value: 'before' }]);
      await mesh.copied(LINK, 'large.v1', (records) => records.length >= 1);
      await mesh.copied(LINK, 'beside.v1', (records) => records.length >= 1);
      await mesh.setOnTopic('us-east', 'large.v1', 'max.message.bytes', '4194304');
      await mesh.send('us-east', 'large.v1', [{ key: 'k', value: Buffer.alloc(2_000_000, 1) }]);
      await mesh.send('us-east', 'large.v1', [{ key: 'k', value: 'behind it' }]);
      const problem = await eventually(
        async () => {
          const { failing } = await mesh.lag('eu-west', 'us-east');
          if (failing === null) throw new Error('GET /lag says nothing of it');
          return failing;
        },
        { withinMs: 20_000, everyMs: 50 },
      );
      const held = await mesh
        .send(
          'us-east',
          'beside.v1',
          Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, value: `after-${i}` })),
        )
        .then(() => mesh.copied(LINK, 'beside.v1', (records) => ofRound('after')(records) >= 8, 10_000))
        .then(
          () => undefined,
          () => 'records of another topic are held up by it',
        );
      // A person makes room.
      await mesh.setOnTopic('eu-west', remoteTopic('us-east', 'large.v1'), 'max.message.bytes', '4194304');
      await mesh.copied(LINK, 'large.v1', (records) => records.some((r) => String(r.value) === 'behind it'), 60_000);
      mustBe(held === undefined, `${held}, until there is room for it`);
      return `said ("${problem.slice(0, 60)}"), copied once there is room`;
    },
  },
];
