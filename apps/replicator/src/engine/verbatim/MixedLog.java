import java.util.*;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

/**
 * Kafka's own clients, for a test: "write" fills two topics with every kind of batch that a log can hold, "read" prints what a
 * reader of committed records sees, checksums verified. Run from its source: java -cp <jars> MixedLog.java ...
 */
public class MixedLog {
  static final int PARTITIONS = 2;
  static final int EACH = 40;
  /** But within the week that a broker keeps: 30 s after its start it deletes what is older, from the copy, too. */
  static final long LONG_AGO = System.currentTimeMillis() - TimeUnit.DAYS.toMillis(1);
  static String brokers;

  public static void main(String[] args) throws Exception {
    brokers = args[1];
    if (args[0].equals("write")) write(args[2], args[3]);
    else for (int i = 2; i < args.length; i += 1) read(args[i]);
  }

  static void write(String topic, String topicOfBrokersTime) throws Exception {
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", brokers))) {
      NewTopic own = new NewTopic(topicOfBrokersTime, PARTITIONS, (short) 1);
      own.configs(Map.of("message.timestamp.type", "LogAppendTime"));
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1), own)).all().get(10, TimeUnit.SECONDS);
    }
    try (Producer<byte[], byte[]> producer = producer("none", Map.of("enable.idempotence", "false"))) {
      send(producer, topic, "plain");
      send(producer, topicOfBrokersTime, "plain");
    }
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
      try (Producer<byte[], byte[]> producer = producer(codec, Map.of())) {
        send(producer, topic, codec);
      }
    for (String codec : List.of("gzip", "zstd"))
      try (Producer<byte[], byte[]> producer = producer(codec, Map.of())) {
        send(producer, topicOfBrokersTime, codec);
      }
    transactions(topic);
  }

  static void transactions(String topic) throws Exception {
    try (Producer<byte[], byte[]> one = producer("none", Map.of("transactional.id", topic + ".one"));
        Producer<byte[], byte[]> other = producer("lz4", Map.of("transactional.id", topic + ".other"))) {
      one.initTransactions();
      other.initTransactions();
      one.beginTransaction();
      other.beginTransaction();
      send(one, topic, "aborted");
      send(other, topic, "committed");
      send(one, topic, "aborted too");
      one.abortTransaction();
      one.beginTransaction();
      send(one, topic, "committed by the one");
      send(other, topic, "committed later");
      other.commitTransaction();
      other.beginTransaction();
      send(other, topic, "aborted by the other");
      one.commitTransaction();
      other.abortTransaction();
    }
    try (Producer<byte[], byte[]> last = producer("none", Map.of())) {
      send(last, topic, "last");
    }
  }

  static Producer<byte[], byte[]> producer(String codec, Map<String, String> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.putAll(Map.of("bootstrap.servers", brokers, "compression.type", codec, "linger.ms", "20", "acks", "all"));
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static void send(Producer<byte[], byte[]> producer, String topic, String kind) {
    for (int i = 0; i < EACH; i += 1) {
      byte[] key = i % 5 == 0 ? null : ("key " + i).getBytes();
      byte[] value = i % 7 == 0 ? null : (kind + " " + i + " " + "x".repeat(i * 10)).getBytes();
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, i % PARTITIONS, LONG_AGO + (i % 3) * 1_000_000L, key, value);
      if (i % 2 == 0) record.headers().add(new RecordHeader("h", new byte[] {(byte) i, (byte) 0xff}));
      if (i % 4 == 0) record.headers().add(new RecordHeader("h", (byte[]) null)).add(new RecordHeader("", new byte[0]));
      producer.send(record);
    }
    producer.flush();
  }

  static void read(String topic) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed", "check.crcs", "true");
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i += 1) partitions.add(new TopicPartition(topic, i));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(java.time.Duration.ofMillis(200))) print(topic, record);
    }
  }

  static void print(String topic, ConsumerRecord<byte[], byte[]> record) {
    StringBuilder headers = new StringBuilder();
    record.headers().forEach(header -> headers.append(header.key()).append('=').append(text(header.value())).append(','));
    System.out.printf(
        "%s\t%d\t%d\t%s\t%s\t%s%n",
        topic, record.partition(), record.timestamp(), text(record.key()), text(record.value()), headers);
  }

  static String text(byte[] bytes) {
    return bytes == null ? "null" : Base64.getEncoder().encodeToString(bytes);
  }
}
