// The AWS SDK for Go v2 at the Kinesis door: go URL ACTION STREAM.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

var (
	ctx    = context.Background()
	client *kinesis.Client
	stream *string
)

func must[T any](answer T, err error) T {
	if err != nil {
		panic(err)
	}
	return answer
}

func check(holds bool, format string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(format, values...))
	}
}

func refused[E error](_ any, err error) {
	var kind E
	check(errors.As(err, &kind), "not refused as %T: %v", kind, err)
}

func create(shards int32) {
	must(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(shards)}))
	waiter := kinesis.NewStreamExistsWaiter(client)
	must(0, waiter.Wait(ctx, &kinesis.DescribeStreamInput{StreamName: stream}, 20*time.Second))
}

func isRecent(at *time.Time) bool { return time.Since(*at).Abs() < time.Minute }

func life() {
	create(2)
	told := must(client.DescribeStream(ctx, &kinesis.DescribeStreamInput{StreamName: stream})).StreamDescription
	check(told.StreamStatus == types.StreamStatusActive && len(told.Shards) == 2, "%v", told)
	check(isRecent(told.StreamCreationTimestamp), "created at %v", told.StreamCreationTimestamp)
	pages, listed := kinesis.NewListStreamsPaginator(client, &kinesis.ListStreamsInput{Limit: aws.Int32(3)}), false
	for pages.HasMorePages() {
		for _, name := range must(pages.NextPage(ctx)).StreamNames {
			listed = listed || name == *stream
		}
	}
	check(listed, "not listed")
	refused[*types.ResourceInUseException](client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(1)}))
	refused[*types.ResourceNotFoundException](client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("none-" + *stream)}))
	refused[*types.InvalidArgumentException](client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: aws.String("AAAA")}))

	must(client.AddTagsToStream(ctx, &kinesis.AddTagsToStreamInput{StreamName: stream, Tags: map[string]string{"team": "data", "leer": ""}}))
	must(client.RemoveTagsFromStream(ctx, &kinesis.RemoveTagsFromStreamInput{StreamName: stream, TagKeys: []string{"leer"}}))
	tags := must(client.ListTagsForStream(ctx, &kinesis.ListTagsForStreamInput{StreamName: stream})).Tags
	check(len(tags) == 1 && *tags[0].Key == "team" && *tags[0].Value == "data", "tags %v", tags)
	must(client.IncreaseStreamRetentionPeriod(ctx, &kinesis.IncreaseStreamRetentionPeriodInput{StreamName: stream, RetentionPeriodHours: aws.Int32(48)}))
	summary := must(client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: stream})).StreamDescriptionSummary
	check(*summary.RetentionPeriodHours == 48 && *summary.OpenShardCount == 2, "%v", summary)

	must(client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: stream}))
	must(0, kinesis.NewStreamNotExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: stream}, 20*time.Second))
}

func data(i int) []byte {
	bytes := make([]byte, 600)
	if i == 0 {
		bytes = bytes[:256]
	}
	for at := range bytes {
		bytes[at] = byte(at + i)
	}
	return bytes
}

func iterator(input kinesis.GetShardIteratorInput) *string {
	input.StreamName = stream
	return must(client.GetShardIterator(ctx, &input)).ShardIterator
}

func read(from *string) []types.Record {
	found := []types.Record{}
	for {
		got := must(client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: from, Limit: aws.Int32(200)}))
		found = append(found, got.Records...)
		if len(got.Records) == 0 && *got.MillisBehindLatest == 0 {
			return found
		}
		from = got.NextShardIterator
	}
}

func records() {
	create(3)
	before := time.Now().Add(-time.Second)
	puts := map[string]string{}
	one := must(client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: stream, PartitionKey: aws.String("ä-0"), Data: data(0)}))
	puts["ä-0"] = *one.SequenceNumber
	many := []types.PutRecordsRequestEntry{}
	for i := 1; i <= 500; i++ {
		entry := types.PutRecordsRequestEntry{PartitionKey: aws.String(fmt.Sprintf("ä-%d", i)), Data: data(i)}
		if i%10 == 0 {
			entry.ExplicitHashKey = aws.String("340282366920938463463374607431768211455")
		}
		many = append(many, entry)
	}
	answer := must(client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: stream, Records: many}))
	check(*answer.FailedRecordCount == 0 && len(answer.Records) == 500, "%v", answer)
	for i, each := range answer.Records {
		puts[*many[i].PartitionKey] = *each.SequenceNumber
		check(many[i].ExplicitHashKey == nil || *each.ShardId == "shardId-000000000002", "explicit hash key: %v", each)
	}
	found := map[string]string{}
	for _, shard := range must(client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: stream})).Shards {
		of := func(kind types.ShardIteratorType, number *string, at *time.Time) []types.Record {
			return read(iterator(kinesis.GetShardIteratorInput{ShardId: shard.ShardId, ShardIteratorType: kind,
				StartingSequenceNumber: number, Timestamp: at}))
		}
		inShard := of(types.ShardIteratorTypeTrimHorizon, nil, nil)
		for _, record := range inShard {
			var number int
			must(fmt.Sscanf(*record.PartitionKey, "ä-%d", &number))
			check(bytes.Equal(record.Data, data(number)), "data of %s", *record.PartitionKey)
			check(found[*record.PartitionKey] == "", "%s twice", *record.PartitionKey)
			check(isRecent(record.ApproximateArrivalTimestamp), "came at %v", record.ApproximateArrivalTimestamp)
			found[*record.PartitionKey] = *record.SequenceNumber
		}
		third := inShard[2].SequenceNumber
		check(reflect.DeepEqual(of(types.ShardIteratorTypeAtSequenceNumber, third, nil), inShard[2:]), "AT_SEQUENCE_NUMBER")
		check(reflect.DeepEqual(of(types.ShardIteratorTypeAfterSequenceNumber, third, nil), inShard[3:]), "AFTER_SEQUENCE_NUMBER")
		check(reflect.DeepEqual(of(types.ShardIteratorTypeAtTimestamp, nil, &before), inShard), "AT_TIMESTAMP")
		check(len(of(types.ShardIteratorTypeLatest, nil, nil)) == 0, "LATEST")
	}
	check(reflect.DeepEqual(found, puts), "put and found differ")
}

func put(from, to int) {
	for i := from; i < to; i++ {
		must(client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: stream, PartitionKey: aws.String("k"), Data: fmt.Appendf(nil, "v%d", i)}))
	}
}

func subscribe() {
	create(1)
	arn := must(client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: stream})).StreamDescriptionSummary.StreamARN
	consumer := must(client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{StreamARN: arn, ConsumerName: aws.String("app")})).Consumer.ConsumerARN
	for must(client.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: consumer})).ConsumerDescription.ConsumerStatus != types.ConsumerStatusActive {
		time.Sleep(100 * time.Millisecond)
	}
	put(0, 50)
	events := must(client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{ConsumerARN: consumer, ShardId: aws.String("shardId-000000000000"),
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}})).GetStream()
	go put(50, 100)
	number, deadline := 0, time.After(30*time.Second)
	for number < 100 {
		select {
		case event, open := <-events.Events():
			check(open, "ended after %d: %v", number, events.Err())
			for _, record := range event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value.Records {
				check(string(record.Data) == fmt.Sprintf("v%d", number), "%s in place of v%d", record.Data, number)
				number++
			}
		case <-deadline:
			panic(fmt.Sprintf("only %d came", number))
		}
	}
	must(0, events.Close())
}

func main() {
	client = kinesis.New(kinesis.Options{
		BaseEndpoint: aws.String(os.Args[1]), Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "key"}, nil
		}),
		RetryMaxAttempts: 1,
	})
	stream = aws.String(os.Args[3])
	map[string]func(){"life": life, "records": records, "subscribe": subscribe}[os.Args[2]]()
}
