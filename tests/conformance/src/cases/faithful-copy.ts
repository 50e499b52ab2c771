import { remoteTopic } from '@meridian/contracts';
import type { IncomingRecord, OutgoingRecord } from '@meridian/kafka';
import { type ConformanceCase, mustBe } from '../conformance-case.ts';
import { readUntil } from '../read-until.ts';

const LINK = ['us-east', 'eu-west'] as const;
const SENT_AT_MS = Date.parse('2026-01-02T03:04:05.678Z');

const WITHOUT_TIME: OutgoingRecord[] = [
  {
    key: 'plain',
    value: Buffer.from([0xff, 0x00, 0xc3, 0x28]),
    headers: [
      ['b', Buffer.from('1')],
      ['a', Buffer.from([0xff, 0])],
      ['b', Buffer.from('2')],
      ['empty', Buffer.alloc(0)],
    ],
    partition: 1,
  },
  { key: null, value: 'without a key', partition: 3 },
  { key: 'empty', value: '', partition: 2 },
];
const ODD = WITHOUT_TIME.map((record) => ({ ...record, timestampMs: SENT_AT_MS }));

const plain = (record: IncomingRecord) => ({
  partition: record.partition,
  key: record.key?.toString('hex') ?? null,
  value: record.value?.toString('hex') ?? null,
  headers: record.rawHeaders.map(([name, value]) => [name, value?.toString('hex') ?? null]),
  timestampMs: record.timestampMs,
});
const byPartition = (records: IncomingRecord[]) => records.map(plain).sort((a, b) => a.partition - b.partition);

export const faithfulCopy: ConformanceCase[] = [
  {
    name: 'fidelity',
    promise: 'Key, value, headers (repeated, empty, not text), timestamp and partition are copied byte for byte',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'odd.v1', 4);
      await mesh.send('us-east', 'odd.v1', ODD);
      const copies = await mesh.copied(LINK, 'odd.v1', (records) => records.length >= ODD.length);
      const originals = await readUntil(mesh.kafka('us-east'), 'odd.v1', (r) => r.length >= ODD.length, 10_000);
      const [expected, found] = [byPartition(originals), byPartition(copies)].map((all) => JSON.stringify(all));
      mustBe(found === expected, `sent ${expected}, copied ${found}`);
      return `${ODD.length} records equal`;
    },
  },
  {
    name: 'null-header',
    promise: 'A header without a value stays one without a value',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'null-header.v1', 1);
      await mesh.send('us-east', 'null-header.v1', [{ key: 'k', value: 'v', headers: [['none', null]] }]);
      const [copy] = await mesh.copied(LINK, 'null-header.v1', (records) => records.length >= 1);
      const headers = JSON.stringify(copy?.rawHeaders);
      mustBe(headers === '[["none",null]]', `the copy's headers are ${headers}`);
      return 'null';
    },
  },
  {
    name: 'trace-context',
    promise: '`traceparent` and `tracestate` arrive unchanged, so that a trace goes on behind the copy',
    run: async (mesh) => {
      const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'm=1' };
      await mesh.makeTopic('us-east', 'traced.v1', 1);
      await mesh.send('us-east', 'traced.v1', [{ key: 'k', value: 'v', headers }]);
      const [copy] = await mesh.copied(LINK, 'traced.v1', (records) => records.length >= 1);
      for (const [name, value] of Object.entries(headers))
        mustBe(copy?.headers[name]?.toString() === value, `${name} is ${copy?.headers[name]}`);
      return 'equal';
    },
  },
  {
    name: 'tombstones',
    promise: 'A tombstone (a key, no value) is copied as one',
    run: async (mesh) => {
      await mesh.makeTopic('us-east', 'tombs.v1', 1);
      await mesh.send('us-east', 'tombs.v1', [
        { key: 'k', value: 'v' },
        { key: 'k', value: null },
      ]);
      const copies = await mesh.copied(LINK, 'tombs.v1', (records) => records.length >= 2);
      mustBe(copies[1]?.value === null, `the copy's value is ${copies[1]?.value}`);
      return 'null';
    },
  },
  {
    name: 'order',
    promise: 'The records of a key keep their order',
    run: async (mesh) => {
      const count = 4_000;
      await mesh.makeTopic('us-east', 'ordered.v1', 4);
      for (let sent = 0; sent < count; sent += 500)
        await mesh.send(
          'us-east',
          'ordered.v1',
          Array.from({ length: 500 }, (_, i) => ({ key: `key-${(sent + i) % 20}`, value: String(sent + i) })),
        );
      const copies = await mesh.copied(LINK, 'ordered.v1', (records) => records.length >= count);
      const last = new Map<string, number>();
      for (const { key, value } of copies) {
        const before = last.get(String(key)) ?? -1;
        mustBe(Number(value) > before, `of ${key}, ${value} came after ${before}`);
        last.set(String(key), Number(value));
      }
      return `${count} records of ${last.size} keys`;
    },
  },
  {
    name: 'no-loops',
    promise: 'In a mesh every record is copied once into every other region, and no copy is copied',
    run: async (mesh) => {
      const all = mesh.regions;
      for (const region of all) await mesh.makeTopic(region, 'loop.v1', 1);
      for (const region of all) await mesh.send(region, 'loop.v1', [{ key: region, value: region }]);
      for (const region of all)
        for (const origin of all.filter((other) => other !== region)) {
          const copies = await mesh.copied([origin, region], 'loop.v1', (records) => records.length >= 1);
          mustBe(copies.length === 1, `${region} has ${copies.length} copies of one record of ${origin}`);
        }
      for (const region of all) {
        const own = Object.keys(await mesh.topics(region));
        const looped = own.filter((topic) =>
          all.some((a) => all.some((b) => topic.startsWith(remoteTopic(a, `${b}.`)))),
        );
        mustBe(looped.length === 0, `${region} has ${looped.join(', ')}`);
        const back = own.filter((topic) => topic.startsWith(`${region}.`));
        mustBe(back.length === 0, `${region} got its own records back in ${back.join(', ')}`);
      }
      return `${all.length} regions, ${all.length * (all.length - 1)} copies`;
    },
  },
];
