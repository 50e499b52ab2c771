export * from './catalog.ts';
export { type EventEnvelope, envelopeFromHeaders, envelopeToHeaders, readEvent } from './event.ts';
export { HEADERS } from './headers.ts';
export * from './operations.ts';
export * from './order.ts';
export { PROBLEM_MEDIA_TYPE, PROBLEMS, type Problem, type ProblemName, problem, problemTypeUri } from './problem.ts';
export * from './schemas.ts';
export { dlqTopic, isReplicated, PARTITIONS_PER_TOPIC, remoteTopic, TOPICS, type Topic } from './topics.ts';
export * from './user.ts';
