"""What tests/test_connect.py asks a real Kafka client; runs in the Python that has it.

connect.py ADDRESS offsets GROUP         JSON lines {"topic", "partition", "offset"}: what is committed
connect.py ADDRESS read TOPIC COUNT      JSON lines {"key", "value", "headers"}
connect.py ADDRESS produce TOPIC         JSON lines {"key", "value", "headers"} from stdin, null or absent is null
"""
import json
import sys


def offsets(address, group):
    from confluent_kafka import ConsumerGroupTopicPartitions
    from confluent_kafka.admin import AdminClient
    admin = AdminClient({"bootstrap.servers": address})
    answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
    for each in answer.topic_partitions:
        print(json.dumps({"topic": each.topic, "partition": each.partition, "offset": each.offset}))


def text(value):
    return None if value is None else value.decode()


def read(address, topic, count):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    for _ in range(int(count)):
        message = consumer.poll(20)
        assert message is not None and not message.error(), message and message.error()
        headers = [[name, text(value)] for name, value in message.headers() or []]
        print(json.dumps({"key": text(message.key()), "value": text(message.value()), "headers": headers}))
    consumer.close()


def produce(address, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address})
    for line in sys.stdin:
        record = json.loads(line)
        producer.produce(topic, key=record.get("key"), value=record.get("value"),
                         headers=[tuple(each) for each in record.get("headers", [])])
    assert producer.flush(20) == 0


if __name__ == "__main__":
    address, what, *rest = sys.argv[1:]
    {"offsets": offsets, "read": read, "produce": produce}[what](address, *rest)
