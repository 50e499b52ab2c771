import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Fills a topic with records of 1 KiB, spread over its partitions: java -cp <jars> Fill.java brokers topic partitions records batchBytes codec */
public class Fill {
  public static void main(String[] args) {
    int partitions = Integer.parseInt(args[2]);
    int records = Integer.parseInt(args[3]);
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", args[0]);
    settings.put("batch.size", args[4]);
    settings.put("compression.type", args[5]);
    settings.put("linger.ms", "20");
    settings.put("buffer.memory", "67108864");
    byte[] value = new byte[1024];
    new Random(1).nextBytes(value);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < records; i += 1)
        producer.send(new ProducerRecord<>(args[1], i % partitions, String.format("key-%012d", i).getBytes(), value));
    }
  }
}
