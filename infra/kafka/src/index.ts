export { type BrokerAddresses, brokerSettings, propertiesFile } from './broker-settings.ts';
export { fetchJars, hasKafkaJars, KAFKA_VERSION, kafkaTool } from './java.ts';
export { type KafkaOptions, kafkaSpec, newClusterId, prepareKafka, startKafka } from './kafka.ts';
export { probeBroker } from './metadata-probe.ts';
export {
  type MirrorMakerOptions,
  mirrorMakerArguments,
  prepareMirrorMaker,
  writeMirrorMaker,
} from './mirror-maker/prepare-mirror-maker.ts';
export { regionTopics, type TopicToMake } from './region-topics.ts';
