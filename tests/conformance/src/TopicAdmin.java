import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** What the applications never do to a topic: `delete TOPIC`, `set TOPIC NAME VALUE`. */
public class TopicAdmin {
    public static void main(String[] args) throws Exception {
        String topic = args[2];
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", args[0]))) {
            switch (args[1]) {
                case "delete" -> admin.deleteTopics(List.of(topic)).all().get();
                case "set" -> {
                    ConfigResource where = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(args[3], args[4]), AlterConfigOp.OpType.SET);
                    admin.incrementalAlterConfigs(Map.of(where, List.of(set))).all().get();
                }
                default -> throw new IllegalArgumentException(args[1]);
            }
        }
    }
}
