"""kafka-python's groups and transactions: of_kafka_python.py ADDRESS (groups | transactions). The rest is in client.py."""
import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.structs import OffsetAndMetadata


class Member(threading.Thread):
    """Reads and commits until it is told to go; its library is used by this thread alone."""

    def __init__(self, address, topic, given):
        super().__init__(daemon=True)
        self.consumer = KafkaConsumer(topic, bootstrap_servers=address, group_id=topic, auto_offset_reset="earliest",
                                      enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=300)
        self.given, self.owned, self.going = given, 0, False
        self.start()

    def run(self):
        while not self.going:
            batches = self.consumer.poll(timeout_ms=200)
            self.given.extend(int(record.value) for batch in batches.values() for record in batch)
            if batches:
                self.consumer.commit()
            self.owned = len(self.consumer.assignment())
        self.consumer.close()

    def go(self):
        self.going = True
        self.join(20)


def until(what, holds):
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end, f"not in 40 s: {what}"
        time.sleep(0.1)


def groups(address):
    """Two members share four partitions; one goes, the other has them all; what was committed is not read again."""
    topic, given = "kafka-python-groups", []
    KafkaAdminClient(bootstrap_servers=address).create_topics([NewTopic(topic, 4, 1)])
    producer = KafkaProducer(bootstrap_servers=address)

    def send(first, end):
        for i in range(first, end):
            producer.send(topic, str(i).encode(), partition=i % 4)
        producer.flush(20)
    members = [Member(address, topic, given), Member(address, topic, given)]
    until("each has two", lambda: [each.owned for each in members] == [2, 2])
    send(0, 200)
    until("all is read", lambda: len(given) == 200)
    members[0].go()
    until("one has four", lambda: members[1].owned == 4)
    send(200, 300)
    until("the rest is read", lambda: len(given) == 300)
    members[1].go()
    assert sorted(given) == list(range(300)), given
    offsets = KafkaAdminClient(bootstrap_servers=address).list_group_offsets([topic])[topic]
    assert sum(each.offset for each in offsets.values()) == 300, offsets


def transactions(address):
    topic = "kafka-python-transactions"
    producer = KafkaProducer(bootstrap_servers=address, transactional_id=topic)
    producer.init_transactions()
    place = TopicPartition(topic, 0)
    for number in range(3):
        producer.begin_transaction()
        for i in range(10):
            producer.send(topic, f"{number} {i}".encode())
        producer.send_offsets_to_transaction({place: OffsetAndMetadata(number, "", -1)}, "kafka-python-offsets")
        producer.abort_transaction() if number == 1 else producer.commit_transaction()
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=address, isolation_level="read_committed", consumer_timeout_ms=20_000,
                             group_id="kafka-python-offsets", enable_auto_commit=False)
    consumer.assign([place])
    assert consumer.committed(place) == 2
    consumer.seek_to_beginning(place)
    assert [next(consumer).value.decode() for _ in range(20)] == [f"{n} {i}" for n in (0, 2) for i in range(10)]
    consumer.close()


if __name__ == "__main__":
    {"groups": groups, "transactions": transactions}[sys.argv[2]](sys.argv[1])
