import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Copies the values of one topic to another exactly once, in Flink's mini cluster; begins where the newest finished
 * checkpoint of an earlier run says. Copy ADDRESS CHECKPOINTS INPUT OUTPUT; runs until it is killed.
 */
public final class Copy {
  public static void main(String[] arguments) throws Exception {
    Path checkpoints = Path.of(arguments[1]);
    Configuration settings = new Configuration();
    settings.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    settings.setString("execution.checkpointing.interval", "500ms");
    settings.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    settings.setString("execution.checkpointing.num-retained", "3");
    settings.setString("restart-strategy.type", "fixed-delay");
    settings.setString("restart-strategy.fixed-delay.attempts", "1000");
    settings.setString("restart-strategy.fixed-delay.delay", "500ms");
    newest(checkpoints).ifPresent(path -> settings.setString("execution.state-recovery.path", path.toUri().toString()));

    KafkaSource<String> source =
        KafkaSource.<String>builder()
            .setBootstrapServers(arguments[0])
            .setTopics(arguments[2])
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .setProperty("isolation.level", "read_committed")
            .build();
    KafkaSink<String> sink =
        KafkaSink.<String>builder()
            .setBootstrapServers(arguments[0])
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix("copy")
            .setProperty("transaction.timeout.ms", "60000")
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<String>builder()
                    .setTopic(arguments[3])
                    .setValueSerializationSchema(new SimpleStringSchema())
                    .build())
            .build();
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(2, settings);
    flink.fromSource(source, WatermarkStrategy.noWatermarks(), "input").sinkTo(sink);
    flink.execute("copy");
  }

  private static Optional<Path> newest(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.getFileName().toString().equals("_metadata"))
          .max(Comparator.comparingLong((Path path) -> path.toFile().lastModified()))
          .map(Path::getParent);
    }
  }
}
