// The AWS SDK for Java v2 at the Kinesis door, in CBOR unless told otherwise: KinesisActions URL ACTION STREAM.
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.*;

public class KinesisActions {
    static KinesisClient kinesis;
    static KinesisAsyncClient fast;  // by HTTP/2
    static String stream;

    public static void main(String[] arguments) throws Exception {
        URI url = URI.create(arguments[0]);
        var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "key"));
        kinesis = KinesisClient.builder().endpointOverride(url).region(Region.US_EAST_1).credentialsProvider(credentials)
                .httpClient(UrlConnectionHttpClient.create()).build();
        fast = KinesisAsyncClient.builder().endpointOverride(url).region(Region.US_EAST_1).credentialsProvider(credentials).build();
        stream = arguments[2];
        switch (arguments[1]) {
            case "life" -> life();
            case "records" -> records();
            case "reshard" -> reshard();
            case "async" -> async();
            case "subscribe" -> subscribe();
            default -> throw new IllegalArgumentException(arguments[1]);
        }
    }

    static void check(boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError(String.valueOf(what));
        }
    }

    static <E extends KinesisException> void refused(Class<E> type, String text, Runnable call) {
        try {
            call.run();
        } catch (KinesisException error) {
            check(type.isInstance(error) && error.statusCode() == 400 && error.getMessage().contains(text), error);
            check(error.requestId() != null, "no request id");
            return;
        }
        throw new AssertionError("not refused: " + type);
    }

    static void create(int shards) {
        kinesis.createStream(b -> b.streamName(stream).shardCount(shards));
        kinesis.waiter().waitUntilStreamExists(b -> b.streamName(stream));
    }

    static void life() {
        create(2);
        StreamDescription told = kinesis.describeStream(b -> b.streamName(stream)).streamDescription();
        check(told.streamStatus() == StreamStatus.ACTIVE && told.shards().size() == 2 && !told.hasMoreShards(), told);
        Duration age = Duration.between(told.streamCreationTimestamp(), Instant.now()).abs();
        check(age.compareTo(Duration.ofMinutes(1)) < 0, told.streamCreationTimestamp());
        check(kinesis.listStreamsPaginator().streamNames().stream().anyMatch(stream::equals), "not listed");
        refused(ResourceInUseException.class, "already exists", () -> kinesis.createStream(b -> b.streamName(stream).shardCount(1)));
        refused(ResourceNotFoundException.class, "not found", () -> kinesis.describeStreamSummary(b -> b.streamName("none-" + stream)));
        refused(InvalidArgumentException.class, "Invalid ShardIterator", () -> kinesis.getRecords(b -> b.shardIterator("AAAA")));

        kinesis.addTagsToStream(b -> b.streamName(stream).tags(Map.of("team", "data", "leer", "")));
        kinesis.removeTagsFromStream(b -> b.streamName(stream).tagKeys("leer"));
        check(kinesis.listTagsForStream(b -> b.streamName(stream)).tags().equals(
                List.of(Tag.builder().key("team").value("data").build())), "tags");
        kinesis.increaseStreamRetentionPeriod(b -> b.streamName(stream).retentionPeriodHours(48));
        var summary = kinesis.describeStreamSummary(b -> b.streamName(stream)).streamDescriptionSummary();
        check(summary.retentionPeriodHours() == 48 && summary.openShardCount() == 2, summary);
        check(kinesis.describeLimits().openShardCount() >= 2, "limits");

        kinesis.deleteStream(b -> b.streamName(stream));
        kinesis.waiter().waitUntilStreamNotExists(b -> b.streamName(stream));
    }

    static byte[] data(int i) {
        byte[] bytes = new byte[i == 0 ? 256 : 600];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) (at + i);
        }
        return bytes;
    }

    static String iterator(String shard, ShardIteratorType type, String from, Instant at) {
        return kinesis.getShardIterator(b -> b.streamName(stream).shardId(shard).shardIteratorType(type)
                .startingSequenceNumber(from).timestamp(at)).shardIterator();
    }

    static List<software.amazon.awssdk.services.kinesis.model.Record> read(String iterator) {
        List<software.amazon.awssdk.services.kinesis.model.Record> found = new ArrayList<>();
        while (true) {
            String now = iterator;
            GetRecordsResponse got = kinesis.getRecords(b -> b.shardIterator(now).limit(200));
            found.addAll(got.records());
            if (got.millisBehindLatest() == 0 && got.records().isEmpty()) {
                return found;
            }
            iterator = got.nextShardIterator();
        }
    }

    static void records() {
        create(3);
        Instant before = Instant.now().minusSeconds(1);
        Map<String, String> puts = new HashMap<>();  // the sequence number of each key
        puts.put("ä-0", kinesis.putRecord(b -> b.streamName(stream).partitionKey("ä-0")
                .data(SdkBytes.fromByteArray(data(0)))).sequenceNumber());
        List<PutRecordsRequestEntry> many = new ArrayList<>();
        for (int i = 1; i <= 500; i++) {
            int number = i;
            many.add(PutRecordsRequestEntry.builder().partitionKey("ä-" + i).data(SdkBytes.fromByteArray(data(number)))
                    .explicitHashKey(i % 10 == 0 ? "340282366920938463463374607431768211455" : null).build());
        }
        PutRecordsResponse answer = kinesis.putRecords(b -> b.streamName(stream).records(many));
        check(answer.failedRecordCount() == 0 && answer.records().size() == 500, answer);
        for (int i = 1; i <= 500; i++) {
            puts.put("ä-" + i, answer.records().get(i - 1).sequenceNumber());
            check(i % 10 != 0 || answer.records().get(i - 1).shardId().equals("shardId-000000000002"), "explicit hash key");
        }
        Map<String, String> found = new HashMap<>();
        for (Shard shard : kinesis.listShards(b -> b.streamName(stream)).shards()) {
            var inShard = read(iterator(shard.shardId(), ShardIteratorType.TRIM_HORIZON, null, null));
            for (var record : inShard) {
                int number = Integer.parseInt(record.partitionKey().substring(2));
                check(Arrays.equals(record.data().asByteArray(), data(number)), record);
                check(found.put(record.partitionKey(), record.sequenceNumber()) == null, "twice: " + record);
                Duration age = Duration.between(record.approximateArrivalTimestamp(), Instant.now()).abs();
                check(age.compareTo(Duration.ofMinutes(1)) < 0, record.approximateArrivalTimestamp());
            }
            String third = inShard.get(2).sequenceNumber();
            check(read(iterator(shard.shardId(), ShardIteratorType.AT_SEQUENCE_NUMBER, third, null))
                    .equals(inShard.subList(2, inShard.size())), "AT_SEQUENCE_NUMBER");
            check(read(iterator(shard.shardId(), ShardIteratorType.AFTER_SEQUENCE_NUMBER, third, null))
                    .equals(inShard.subList(3, inShard.size())), "AFTER_SEQUENCE_NUMBER");
            check(read(iterator(shard.shardId(), ShardIteratorType.AT_TIMESTAMP, null, before)).equals(inShard), "AT_TIMESTAMP");
            check(read(iterator(shard.shardId(), ShardIteratorType.LATEST, null, null)).isEmpty(), "LATEST");
        }
        check(found.equals(puts), "put and found differ");
    }

    // Puts, splits and merges; then reads parents before their children.
    static void reshard() {
        create(1);
        int put = 0;
        for (int step = 0; step < 3; step++) {
            for (int i = 0; i < 20; i++, put++) {
                String key = "k" + put;
                kinesis.putRecord(b -> b.streamName(stream).partitionKey(key).data(SdkBytes.fromUtf8String(key)));
            }
            switch (step) {
                case 0 -> kinesis.splitShard(b -> b.streamName(stream).shardToSplit("shardId-000000000000")
                        .newStartingHashKey("170141183460469231731687303715884105728"));
                case 1 -> kinesis.mergeShards(b -> b.streamName(stream).shardToMerge("shardId-000000000001")
                        .adjacentShardToMerge("shardId-000000000002"));
                default -> kinesis.updateShardCount(b -> b.streamName(stream).targetShardCount(2)
                        .scalingType(ScalingType.UNIFORM_SCALING));
            }
            kinesis.waiter().waitUntilStreamExists(b -> b.streamName(stream));
        }
        check(readFamily("shardId-000000000000", new HashMap<>()) == put, "not all of " + put);
        var summary = kinesis.describeStreamSummary(b -> b.streamName(stream)).streamDescriptionSummary();
        check(summary.openShardCount() == 2, summary);
    }

    static int readFamily(String shard, Map<String, Integer> parentsRead) {
        String iterator = iterator(shard, ShardIteratorType.TRIM_HORIZON, null, null);
        int count = 0;
        while (true) {
            String now = iterator;
            GetRecordsResponse got = kinesis.getRecords(b -> b.shardIterator(now));
            count += got.records().size();
            if (got.nextShardIterator() == null) {
                for (ChildShard child : got.childShards()) {
                    if (parentsRead.merge(child.shardId(), 1, Integer::sum) == child.parentShards().size()) {
                        count += readFamily(child.shardId(), parentsRead);
                    }
                }
                return count;
            }
            if (got.records().isEmpty() && got.millisBehindLatest() == 0) {
                return count;  // open
            }
            iterator = got.nextShardIterator();
        }
    }

    // 2,000 puts, all on their way at once over a few connections.
    static void async() {
        create(2);
        List<CompletableFuture<PutRecordResponse>> puts = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            String key = "k" + i;
            puts.add(fast.putRecord(b -> b.streamName(stream).partitionKey(key).data(SdkBytes.fromUtf8String(key))));
        }
        Map<String, String> numbers = new HashMap<>();
        for (int i = 0; i < puts.size(); i++) {
            numbers.put("k" + i, puts.get(i).join().sequenceNumber());
        }
        for (Shard shard : fast.listShards(b -> b.streamName(stream)).join().shards()) {
            for (var record : read(iterator(shard.shardId(), ShardIteratorType.TRIM_HORIZON, null, null))) {
                check(record.data().asUtf8String().equals(record.partitionKey()), record);
                check(record.sequenceNumber().equals(numbers.remove(record.partitionKey())), record);
            }
        }
        check(numbers.isEmpty(), numbers.size() + " were not found");
    }

    static String subscribed(String consumer, String from, List<String> into, int count, Runnable meanwhile) throws Exception {
        CountDownLatch all = new CountDownLatch(count);
        String[] next = {null};
        Throwable[] failure = {null};
        var visitor = SubscribeToShardResponseHandler.Visitor.builder().onSubscribeToShardEvent(event -> {
            next[0] = event.continuationSequenceNumber();
            check(next[0] != null && event.millisBehindLatest() != null, event);
            event.records().forEach(record -> {
                into.add(record.data().asUtf8String());
                all.countDown();
            });
        }).build();
        var handler = SubscribeToShardResponseHandler.builder().subscriber(visitor).onError(error -> {
            failure[0] = error;
        }).build();
        var position = StartingPosition.builder().type(from == null ? ShardIteratorType.TRIM_HORIZON
                : ShardIteratorType.AFTER_SEQUENCE_NUMBER).sequenceNumber(from).build();
        var running = fast.subscribeToShard(b -> b.consumerARN(consumer).shardId("shardId-000000000000")
                .startingPosition(position), handler);
        meanwhile.run();
        check(all.await(30, TimeUnit.SECONDS), "only " + into.size() + " came: " + failure[0]);
        running.cancel(true);
        return next[0];
    }

    static void put(int from, int to) {
        for (int i = from; i < to; i++) {
            String data = "v" + i;
            kinesis.putRecord(b -> b.streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String(data)));
        }
    }

    static void subscribe() throws Exception {
        create(1);
        String arn = kinesis.describeStreamSummary(b -> b.streamName(stream)).streamDescriptionSummary().streamARN();
        Consumer made = kinesis.registerStreamConsumer(b -> b.streamARN(arn).consumerName("app")).consumer();
        check(Duration.between(made.consumerCreationTimestamp(), Instant.now()).abs().toMinutes() < 1, made);
        refused(ResourceInUseException.class, "app", () -> kinesis.registerStreamConsumer(b -> b.streamARN(arn).consumerName("app")));
        while (kinesis.describeStreamConsumer(b -> b.consumerARN(made.consumerARN())).consumerDescription().consumerStatus()
                != ConsumerStatus.ACTIVE) {
            Thread.sleep(100);
        }
        put(0, 50);
        List<String> found = new ArrayList<>();
        String next = subscribed(made.consumerARN(), null, found, 100, () -> put(50, 100));
        Thread.sleep(6_000);  // a consumer subscribes to a shard every five seconds
        subscribed(made.consumerARN(), next, found, 50, () -> put(100, 150));
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            expected.add("v" + i);
        }
        check(found.equals(expected), found);
        check(kinesis.listStreamConsumers(b -> b.streamARN(arn)).consumers().size() == 1, "consumers");
        kinesis.deregisterStreamConsumer(b -> b.consumerARN(made.consumerARN()));
        refused(ResourceNotFoundException.class, "onsumer", () ->
                kinesis.describeStreamConsumer(b -> b.streamARN(arn).consumerName("app")));
    }
}
