export interface TopicPartition {
  topic: string;
  partition: number;
}
export interface PartitionOffset extends TopicPartition {
  offset: string;
  /** What the reader wanted to be kept with it, 4 KB at most. */
  note?: string | undefined;
}
