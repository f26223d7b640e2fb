// The Kinesis Producer Library, whose native daemon aggregates and sends: Produce PORT CA_FILE FOLDER STREAM FROM TO.
// Puts user records FROM to TO, {"ind":N,"first_name":"Zoë","age":20} under the key key-N. Writes a line for each,
// N SHARD SEQUENCE_NUMBER ATTEMPTS; what was not put is an exception. FOLDER is where the daemon is unpacked to. Two
// numbers may follow: so many milliseconds it waits before each thousand, and so often the name is repeated.
import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

public class Produce {
    static KinesisProducerConfiguration configuration(String[] arguments) {
        var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "key"));
        return new KinesisProducerConfiguration()
                .setKinesisEndpoint("127.0.0.1").setKinesisPort(Long.parseLong(arguments[0]))
                .setCaCertFile(arguments[1])
                .setTempDirectory(arguments[2])
                .setRegion("us-east-1").setCredentialsProvider(credentials).setMetricsCredentialsProvider(credentials)
                .setMetricsLevel("none")
                .setRecordTtl(120_000)
                .setRateLimit(1000)  // in per cent of what a shard takes: so that not the library itself slows down
                .setLogLevel("info");
    }

    public static void main(String[] arguments) throws Exception {
        int from = Integer.parseInt(arguments[4]), to = Integer.parseInt(arguments[5]);
        long pause = arguments.length > 6 ? Long.parseLong(arguments[6]) : 0;
        String name = "Zoë".repeat(arguments.length > 7 ? Integer.parseInt(arguments[7]) : 1);
        KinesisProducer producer = new KinesisProducer(configuration(arguments));
        List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
        for (int i = from; i < to; ++i) {
            String data = "{\"ind\":" + i + ",\"first_name\":\"" + name + "\",\"age\":20}";
            if (i % 1000 == 0) {
                Thread.sleep(pause);
            }
            results.add(producer.addUserRecord(arguments[3], "key-" + i, ByteBuffer.wrap(data.getBytes(StandardCharsets.UTF_8))));
        }
        producer.flushSync();
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < to; ++i) {
            UserRecordResult result = results.get(i - from).get();
            lines.append(i).append(' ').append(result.getShardId()).append(' ').append(result.getSequenceNumber()).append(' ')
                    .append(result.getAttempts().size()).append('\n');
        }
        System.out.print(lines);
        System.out.flush();
        producer.destroy();
        System.exit(0);
    }
}
