"""What tests/test_kafka_clients.py has real clients do; runs in the Python that has them.

client.py ADDRESS round-trip LIBRARY    every codec, keys, headers, timestamps, offsets by time: there and back
client.py ADDRESS produce TOPIC         JSON lines {"key", "value"} from stdin
client.py ADDRESS commit TOPIC          the same in a transaction;  abort TOPIC: in one that is aborted
client.py ADDRESS consume TOPIC COUNT   JSON lines {"key", "value", "offset"}
client.py ADDRESS read-all TOPIC        JSON lines {"key", "value"} of all committed records, partition by partition
client.py ADDRESS flood TOPIC           produces until it is killed
client.py ADDRESS leave-open TOPIC      one JSON value in a transaction of 3 s that nobody ends
"""
import json
import os
import sys
import time

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
COUNT = 300
START = int(time.time() * 1000) - 3_600_000  # not so old that retention removes it meanwhile
HEADERS = [("h", b"\x00\xff"), ("h", b""), ("i", b"2")]


def key(i):
    return None if i % 7 == 0 else f"k{i}".encode()


def value(i):  # a record has a key or a value: kafka-python insists
    return None if i % 7 and i % 11 == 0 else f"value {i} ".encode() * (i % 50 + 1)


def check(name, got):
    assert len(got) == COUNT, f"{name}: {len(got)} of {COUNT} records"
    for i, record in enumerate(got):
        expected = (i, key(i), value(i), START + i, HEADERS)
        assert record == expected, f"{name}: {record} is not {expected}"


def confluent(address, codec, acks):
    from confluent_kafka import Consumer, Producer, TopicPartition
    name = f"confluent-{codec}-{acks}"
    errors = []
    producer = Producer({"bootstrap.servers": address, "compression.type": codec, "acks": acks, "linger.ms": 5})
    for i in range(COUNT):
        producer.produce(name, key=key(i), value=value(i), headers=HEADERS, timestamp=START + i,
                         on_delivery=lambda error, _: errors.append(error) if error else None)
    assert producer.flush(30) == 0 and not errors, f"{name}: {errors}"
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False})
    place = TopicPartition(name, 0, 0)
    consumer.assign([place])
    got = []
    while len(got) < COUNT:
        message = consumer.poll(20)
        assert message is not None and not message.error(), f"{name}: {message and message.error()}"
        got.append((message.offset(), message.key(), message.value(), message.timestamp()[1], message.headers()))
    check(name, got)
    assert consumer.get_watermark_offsets(place) == (0, COUNT)
    assert consumer.offsets_for_times([TopicPartition(name, 0, START + 100)])[0].offset == 100
    consumer.close()


def kafka_python(address, codec, acks):
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    name = f"kafka-python-{codec}-{acks}"
    producer = KafkaProducer(bootstrap_servers=address, compression_type=None if codec == "none" else codec,
                             acks=acks if acks == "all" else int(acks), enable_idempotence=False, linger_ms=5)
    for i in range(COUNT):
        producer.send(name, key=key(i), value=value(i), headers=HEADERS, timestamp_ms=START + i)
    producer.flush(30)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=address, group_id=None, enable_auto_commit=False,
                             consumer_timeout_ms=20_000)
    place = TopicPartition(name, 0)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    got = []
    while len(got) < COUNT:
        record = next(consumer)
        got.append((record.offset, record.key, record.value, record.timestamp, list(record.headers)))
    check(name, got)
    assert consumer.end_offsets([place]) == {place: COUNT}
    assert consumer.offsets_for_times({place: START + 100})[place].offset == 100
    consumer.close()


def round_trip(address, library):
    once = {"confluent-kafka": confluent, "kafka-python": kafka_python}[library]
    for codec in CODECS:
        for acks in ["all", "1", "0"]:
            once(address, codec, acks)


def produce(address, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address})
    for line in sys.stdin:
        record = json.loads(line)
        producer.produce(topic, key=record["key"], value=record["value"])
    assert producer.flush(30) == 0


def transaction(address, topic, end):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address, "transactional.id": f"{end} {topic}"})
    producer.init_transactions(20)
    producer.begin_transaction()
    for line in sys.stdin:
        record = json.loads(line)
        producer.produce(topic, key=record["key"], value=record["value"])
    assert producer.flush(30) == 0
    producer.commit_transaction(20) if end == "commit" else producer.abort_transaction(20)


def consume(address, topic, count):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    for _ in range(int(count)):
        message = consumer.poll(20)
        assert message is not None and not message.error(), message and message.error()
        record_key, record_value = (part and part.decode() for part in (message.key(), message.value()))
        print(json.dumps({"key": record_key, "value": record_value, "offset": message.offset()}))
    consumer.close()


def read_all(address, topic):
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False,
                         "enable.partition.eof": True, "isolation.level": "read_committed", "fetch.wait.max.ms": 50})
    for number in consumer.list_topics(topic, 20).topics[topic].partitions:
        consumer.assign([TopicPartition(topic, number, 0)])
        while True:
            message = consumer.poll(20)
            assert message is not None, f"the end of {topic} {number} does not come"
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                break
            record_key, record_value = (part and part.decode() for part in (message.key(), message.value()))
            print(json.dumps({"key": record_key, "value": record_value}))
    consumer.close()


def flood(address, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address, "batch.size": 1_000_000, "queue.buffering.max.messages": 10_000})
    while True:
        try:
            producer.produce(topic, value=b"x" * 10_000)
        except BufferError:
            producer.poll(0.05)


def leave_open(address, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address, "transactional.id": "left open", "transaction.timeout.ms": 3000})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(topic, value=b'{"ind":2}')
    assert producer.flush(20) == 0
    os._exit(0)  # as if killed: a clean end would abort the transaction


if __name__ == "__main__":
    actions = {"round-trip": round_trip, "produce": produce, "consume": consume, "read-all": read_all,
               "commit": lambda *rest: transaction(*rest, "commit"), "abort": lambda *rest: transaction(*rest, "abort"),
               "flood": flood, "leave-open": leave_open}
    actions[sys.argv[2]](sys.argv[1], *sys.argv[3:])
