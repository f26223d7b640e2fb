// The Kinesis Client Library, with leases in a DynamoDB of its own: Consume URL STREAM (polling | fanout) (HTTP1_1 | HTTP2).
// Writes SHARD, SEQUENCE NUMBER, KEY and data of each record it is given as a line, and ends with its input.
import com.amazonaws.services.dynamodbv2.local.embedded.DynamoDBEmbedded;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.*;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public class Consume {
    static class Printer implements ShardRecordProcessor {
        private String shard;

        public void initialize(InitializationInput input) {
            shard = input.shardId();
        }

        public void processRecords(ProcessRecordsInput input) {
            StringBuilder lines = new StringBuilder();
            input.records().forEach(record -> lines.append(shard).append(' ').append(record.sequenceNumber()).append(' ')
                    .append(record.partitionKey()).append(' ').append(StandardCharsets.UTF_8.decode(record.data())).append('\n'));
            System.out.print(lines);
            System.out.flush();
        }

        // It held the processor up for longer than a lease lasts, and gives the shard to it again, from the checkpoint.
        public void leaseLost(LeaseLostInput input) {
            System.out.println("lost " + shard);
        }

        public void shardEnded(ShardEndedInput input) {
            try {
                input.checkpointer().checkpoint();
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }

        public void shutdownRequested(ShutdownRequestedInput input) {}
    }

    public static void main(String[] arguments) throws Exception {
        URI url = URI.create(arguments[0]);
        String stream = arguments[1];
        var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "key"));
        KinesisAsyncClient kinesis = KinesisAsyncClient.builder()
                .endpointOverride(url).region(Region.US_EAST_1).credentialsProvider(credentials)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.valueOf(arguments[3])))
                .build();
        var cloudWatch = CloudWatchAsyncClient.builder()  // nothing is sent to it
                .endpointOverride(url).region(Region.US_EAST_1).credentialsProvider(credentials).build();
        var start = InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
        var configs = new ConfigsBuilder(new SingleStreamTracker(stream, start), "pinflow-" + stream, kinesis,
                DynamoDBEmbedded.create().dynamoDbAsyncClient(), cloudWatch, "worker", Printer::new);
        var retrieval = configs.retrievalConfig();
        if (arguments[2].equals("polling")) {
            retrieval.retrievalSpecificConfig(new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(200));
        } else {
            retrieval.retrievalSpecificConfig(new FanOutConfig(kinesis).streamName(stream).applicationName("pinflow-" + stream));
        }
        Scheduler scheduler = new Scheduler(configs.checkpointConfig(),
                configs.coordinatorConfig().parentShardPollIntervalMillis(500).shardConsumerDispatchPollIntervalMillis(200),
                configs.leaseManagementConfig().failoverTimeMillis(5_000).shardSyncIntervalMillis(2_000),
                configs.lifecycleConfig(), configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
                configs.processorConfig(), retrieval);
        Thread runner = new Thread(scheduler);
        runner.setDaemon(true);
        runner.start();
        while (System.in.read() >= 0) {}
        scheduler.startGracefulShutdown().get(20, TimeUnit.SECONDS);
        System.exit(0);
    }
}
