// Sarama at the Kafka door: sarama ADDRESS (round-trip | groups | transactions | admin).
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const count = 300

var start = time.Now().Add(-time.Hour).Truncate(time.Millisecond)

var headers = []sarama.RecordHeader{
	{Key: []byte("h"), Value: []byte{0, 0xff}}, {Key: []byte("h"), Value: []byte{}}, {Key: []byte("i"), Value: []byte("2")},
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func require(holds bool, format string, arguments ...any) {
	if !holds {
		panic(fmt.Sprintf(format, arguments...))
	}
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V3_6_0_0
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	return config
}

func idempotent(config *sarama.Config) *sarama.Config {
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	return config
}

func key(i int) sarama.Encoder {
	if i%7 == 0 {
		return nil
	}
	return sarama.StringEncoder(fmt.Sprintf("k%d", i))
}

func value(i int) sarama.Encoder {
	if i%7 != 0 && i%11 == 0 {
		return nil
	}
	return sarama.ByteEncoder(bytes.Repeat([]byte(fmt.Sprintf("value %d ", i)), i%50+1))
}

func same(got []byte, wanted sarama.Encoder) bool {
	if wanted == nil {
		return got == nil
	}
	bytesOf, err := wanted.Encode()
	must(err)
	return bytes.Equal(got, bytesOf)
}

func roundTrip(address []string) {
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy,
		sarama.CompressionLZ4, sarama.CompressionZSTD}
	for _, codec := range codecs {
		topic := "sarama-" + codec.String()
		config := idempotent(settings())
		config.Producer.Compression = codec
		producer, err := sarama.NewSyncProducer(address, config)
		must(err)
		var messages []*sarama.ProducerMessage
		for i := range count {
			messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: key(i), Value: value(i),
				Headers: headers, Timestamp: start.Add(time.Duration(i) * time.Millisecond)})
		}
		must(producer.SendMessages(messages))
		must(producer.Close())
		consumer, err := sarama.NewConsumer(address, config)
		must(err)
		partition, err := consumer.ConsumePartition(topic, 0, 0)
		must(err)
		for i := range count {
			select {
			case got := <-partition.Messages():
				require(got.Offset == int64(i) && same(got.Key, key(i)) && same(got.Value, value(i)), "%s %d: %v", topic, i, got)
				require(got.Timestamp.Equal(start.Add(time.Duration(i)*time.Millisecond)), "%s %d: %v", topic, i, got.Timestamp)
				require(len(got.Headers) == len(headers), "%s %d: headers %v", topic, i, got.Headers)
				for n, header := range got.Headers {
					require(bytes.Equal(header.Key, headers[n].Key) && bytes.Equal(header.Value, headers[n].Value),
						"%s %d: header %v", topic, i, header)
				}
			case <-time.After(20 * time.Second):
				panic(fmt.Sprintf("%s: record %d does not come", topic, i))
			}
		}
		require(partition.HighWaterMarkOffset() == count, "%s: the end is %d", topic, partition.HighWaterMarkOffset())
		must(partition.Close())
		must(consumer.Close())
	}
}

// What one member of a group has and was given.
type member struct {
	mutex sync.Mutex
	owned int
	read  []string
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.owned = 0
	for _, partitions := range session.Claims() {
		m.owned += len(partitions)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.mutex.Lock()
		m.read = append(m.read, string(message.Value))
		m.mutex.Unlock()
		session.MarkMessage(message, "")
	}
	return nil
}

func (m *member) state() (int, int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.owned, len(m.read)
}

func join(address []string, topic string) (*member, func()) {
	group, err := sarama.NewConsumerGroup(address, topic, settings())
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	joined, done := &member{}, make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{topic}, joined); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
				panic(err)
			}
		}
	}()
	return joined, func() { cancel(); <-done; must(group.Close()) }
}

func until(what string, holds func() bool) {
	for end := time.Now().Add(40 * time.Second); !holds(); time.Sleep(100 * time.Millisecond) {
		require(time.Now().Before(end), "not in 40 s: %s", what)
	}
}

// Two members share four partitions; one goes, the other has them all; what was committed is not read again.
func groups(address []string) {
	topic := "sarama-groups"
	admin, err := sarama.NewClusterAdmin(address, settings())
	must(err)
	must(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 4, ReplicationFactor: 1}, false))
	config := settings()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	producer, err := sarama.NewSyncProducer(address, config)
	must(err)
	send := func(from, to int) {
		for i := from; i < to; i++ {
			_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Partition: int32(i % 4),
				Value: sarama.StringEncoder(fmt.Sprintf("%03d", i))})
			must(err)
		}
	}
	first, leave := join(address, topic)
	second, leaveToo := join(address, topic)
	until("each has two", func() bool { a, _ := first.state(); b, _ := second.state(); return a == 2 && b == 2 })
	send(0, 200)
	until("all is read", func() bool { _, a := first.state(); _, b := second.state(); return a+b == 200 })
	leave()
	until("one has four", func() bool { b, _ := second.state(); return b == 4 })
	send(200, 300)
	until("the rest is read", func() bool { _, a := first.state(); _, b := second.state(); return a+b == 300 })
	leaveToo()
	read := append(first.read, second.read...)
	sort.Strings(read)
	for i := range read {
		require(read[i] == fmt.Sprintf("%03d", i), "read %s instead of %d", read[i], i)
	}
	described, err := admin.DescribeConsumerGroups([]string{topic})
	must(err)
	require(described[0].State == "Empty", "the group is %s", described[0].State)
	must(admin.DeleteConsumerGroup(topic))
	must(admin.Close())
	must(producer.Close())
}

func transactions(address []string) {
	topic := "sarama-transactions"
	config := idempotent(settings())
	config.Producer.Transaction.ID = topic
	producer, err := sarama.NewSyncProducer(address, config)
	must(err)
	for round := range 3 {
		must(producer.BeginTxn())
		for i := range 10 {
			_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic,
				Value: sarama.StringEncoder(fmt.Sprintf("%d %d", round, i))})
			must(err)
		}
		if round == 1 {
			must(producer.AbortTxn())
		} else {
			offset := &sarama.PartitionOffsetMetadata{Partition: 0, Offset: int64(round), LeaderEpoch: -1}
			must(producer.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{topic: {offset}}, "sarama-offsets"))
			must(producer.CommitTxn())
		}
	}
	must(producer.Close())
	config = settings()
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(address, config)
	must(err)
	partition, err := consumer.ConsumePartition(topic, 0, 0)
	must(err)
	for i := range 20 {
		select {
		case got := <-partition.Messages():
			wanted := fmt.Sprintf("%d %d", i/10*2, i%10)
			require(string(got.Value) == wanted, "%s instead of %s", got.Value, wanted)
		case <-time.After(20 * time.Second):
			panic("a committed record does not come")
		}
	}
	must(partition.Close())
	must(consumer.Close())
	admin, err := sarama.NewClusterAdmin(address, settings())
	must(err)
	offsets, err := admin.ListConsumerGroupOffsets("sarama-offsets", map[string][]int32{topic: {0}})
	must(err)
	require(offsets.GetBlock(topic, 0).Offset == 2, "the group is at %d", offsets.GetBlock(topic, 0).Offset)
	must(admin.Close())
}

func admin(address []string) {
	topic, retention := "sarama-admin", "3600000"
	client, err := sarama.NewClusterAdmin(address, settings())
	must(err)
	detail := &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": &retention}}
	must(client.CreateTopic(topic, detail, false))
	require(errors.Is(client.CreateTopic(topic, detail, false), sarama.ErrTopicAlreadyExists), "made twice")
	topics, err := client.ListTopics()
	must(err)
	require(topics[topic].NumPartitions == 3 && *topics[topic].ConfigEntries["retention.ms"] == retention, "%v", topics[topic])
	must(client.CreatePartitions(topic, 5, nil, false))
	described, err := client.DescribeTopics([]string{topic})
	must(err)
	require(len(described[0].Partitions) == 5, "%v", described[0])
	entries, err := client.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	must(err)
	require(len(entries) > 20, "%d settings", len(entries))
	must(client.DeleteTopic(topic))
	must(client.Close())
}

func main() {
	actions := map[string]func([]string){"round-trip": roundTrip, "groups": groups, "transactions": transactions, "admin": admin}
	actions[os.Args[2]]([]string{os.Args[1]})
}
