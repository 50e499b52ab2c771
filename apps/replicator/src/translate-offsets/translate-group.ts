import type { ProblemName, TranslateOffsetsRequest, TranslateOffsetsResponse } from '@meridian/contracts';
import { GroupHasMembers, type GroupPosition, type KafkaConnection, type LogReader } from '@meridian/kafka';
import { counterpartTopic, type Move } from './counterpart-topic.ts';
import { kafkaLog } from './kafka-log.ts';
import { translatePosition } from './translate-position.ts';

export type Translated = { ok: true; translation: TranslateOffsetsResponse } | Refused;
export interface Refused {
  ok: false;
  problem: Extract<ProblemName, 'not-found' | 'consumer-group-has-members'>;
  detail: string;
}

/**
 * The positions of a group in one cluster as positions in another and, when asked, committed there: in one request, all of them or
 * none. Rejects when a cluster does not answer.
 *
 * A partition of which the group has committed nothing is left alone: there it begins where its settings say, as it would have.
 */
export async function translateGroup(
  { group, topics, apply }: Pick<TranslateOffsetsRequest, 'group' | 'topics' | 'apply'>,
  move: Move,
  clusters: { from: KafkaConnection; to: KafkaConnection },
): Promise<Translated> {
  const [fromAdmin, toAdmin] = [clusters.from.admin(), clusters.to.admin()];
  const [fromReader, toReader] = [clusters.from.logReader(), clusters.to.logReader()];
  try {
    const [all, membersFrom, membersTo, existing] = await Promise.all([
      ...[fromAdmin.positionsOf(group), fromAdmin.membersOf(group), toAdmin.membersOf(group), toAdmin.listTopics()],
    ] as const);
    const held = topics ? all.filter(({ topic }) => topics.includes(topic)) : all;
    if (held.length === 0) return refused('not-found', nothingRead(group, move.from, topics));
    if (apply && membersTo > 0) return refused('consumer-group-has-members', isRead(group, move.to, membersTo));

    const there = new Map(existing.map(({ topic, partitions }) => [topic, partitions]));
    const positions: TranslateOffsetsResponse['positions'] = [];
    const withoutCounterpart: string[] = [];
    for (const [topic, ofTopic] of Map.groupBy(held, (position) => position.topic)) {
      const counterpart = counterpartTopic(topic, move);
      if (counterpart === undefined) {
        withoutCounterpart.push(topic);
        continue;
      }
      const lacking = ofTopic.find(({ partition }) => partition >= (there.get(counterpart) ?? 0));
      if (lacking) return refused('not-found', notCopied(counterpart, lacking, move));
      const readers = { from: fromReader, to: toReader };
      positions.push(...(await Promise.all(ofTopic.map((position) => translate(position, counterpart, readers)))));
    }
    if (apply && positions.length > 0)
      await toAdmin.setPositions(
        group,
        positions.map(({ to }) => to),
      );
    const { from, to } = move;
    const members = { from: membersFrom, to: membersTo };
    return { ok: true, translation: { group, from, to, members, applied: apply, positions, withoutCounterpart } };
  } catch (failure) {
    if (failure instanceof GroupHasMembers) return refused('consumer-group-has-members', isRead(group, move.to));
    throw failure;
  } finally {
    fromReader.close();
    toReader.close();
    await Promise.all([fromAdmin.close(), toAdmin.close()]);
  }
}

async function translate(
  { topic, partition, offset }: GroupPosition,
  counterpart: string,
  readers: { from: LogReader; to: LogReader },
): Promise<TranslateOffsetsResponse['positions'][number]> {
  const [from, to] = await Promise.all([
    kafkaLog(readers.from, topic, partition),
    kafkaLog(readers.to, counterpart, partition),
  ]);
  const found = await translatePosition(BigInt(offset), from, to);
  return {
    from: { topic, partition, offset },
    to: { topic: counterpart, partition, offset: String(found.offset) },
    foundBy: found.foundBy,
    unread: Number(to.end - found.offset),
    readAgain: found.readAgain === undefined ? null : Number(found.readAgain),
  };
}

const refused = (problem: Refused['problem'], detail: string): Refused => ({ ok: false, problem, detail });

function nothingRead(group: string, region: string, topics: readonly string[] | undefined): string {
  const what = topics ? `nothing of ${topics.join(', ')}` : 'nothing';
  return `In ${region} the group ${group} has committed ${what}.`;
}

function isRead(group: string, region: string, members?: number): string {
  const by = members === undefined ? 'members' : `${members} member${members === 1 ? '' : 's'}`;
  return `In ${region} the group ${group} has ${by} already, who alone may say how far it has read.`;
}

function notCopied(counterpart: string, { partition }: GroupPosition, { to }: Move): string {
  return `In ${to} there is no partition ${partition} of ${counterpart} yet.`;
}
