import { AnswerReader } from './answer-reader.ts';
import { ANSWER_WITHIN_MS } from './kafka-settings.ts';
import type { Broker } from './kafkajs-broker.ts';
import { ask, compactLength, compactString, NO_TAGS } from './undecoded-request.ts';

/** Which cluster it is, and which topics they are: made anew, a topic has another id under its old name. */
export interface LogIdentity {
  clusterId: string;
  topicIds: ReadonlyMap<string, string>;
}

const NO_ID = Buffer.alloc(16);
const NO = Buffer.of(0);

/** By version 12, the first that tells ids of topics asked for by name (KIP-516); kafkajs ends with 6. */
export async function readLogIdentity(broker: Broker, topics: readonly string[]): Promise<LogIdentity> {
  const answer = await ask(broker, {
    ...{ apiKey: 3, apiName: 'Metadata', apiVersion: 12, answerWithinMs: ANSWER_WITHIN_MS, isTagged: true },
    body: [
      Buffer.concat([
        compactLength(topics.length),
        ...topics.flatMap((topic) => [NO_ID, compactString(topic), NO_TAGS]),
        ...[NO, NO, NO_TAGS],
      ]),
    ],
  });
  return readMetadataAnswer(answer);
}

export function readMetadataAnswer(bytes: Buffer): LogIdentity {
  const answer = new AnswerReader(bytes);
  answer.skipTags();
  answer.int32(); // how long the broker wants us to wait
  answer.compactArray(() => {
    answer.int32();
    answer.compactString();
    answer.int32();
    answer.compactString();
    answer.skipTags();
  });
  const clusterId = answer.compactString();
  answer.int32(); // the controller
  const topicIds = new Map<string, string>();
  answer.compactArray(() => {
    const errorCode = answer.int16();
    const topic = answer.compactString();
    const id = answer.uuid();
    answer.skip(1); // whether it is internal
    answer.compactArray(() => {
      answer.skip(14); // an error, its number, who leads it, and the leader's epoch
      for (let lists = 3; lists > 0; lists -= 1) answer.compactArray(() => answer.int32());
      answer.skipTags();
    });
    answer.int32(); // what may be done with it
    answer.skipTags();
    if (errorCode === 0) topicIds.set(topic, id);
  });
  return { clusterId, topicIds };
}
