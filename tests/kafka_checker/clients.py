"""The client processes of a run: clients.py ADDRESS ROLE NAME FOLDER SEED. They write down what they ask and are told.

Roles: plain, idempotent (producers); tx:ID (a transactional producer); assign:LEVEL, group:GROUP:LEVEL:STRATEGY
(consumers); transform:GROUP:ID (consumes, writes to the topic "out" and commits both in one transaction).
SIGTERM ends a client in order: what it began is flushed or aborted.
"""
import json
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition  # noqa: E402
from kafka_checker.history import Journal  # noqa: E402
from kafka_checker.reader import Reader, name_of  # noqa: E402

TRANSACTION_TIMEOUT_MS = 5000
FENCED = {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED,
          KafkaError.INVALID_PRODUCER_ID_MAPPING}


class Client:
    def __init__(self, address, name, folder, seed):
        self.address, self.folder, self.chance = address, pathlib.Path(folder), random.Random(f"{seed} {name}")
        self.journal, self.name, self.sent, self.stopping = Journal(folder, name), name, 0, False
        self.library, self.reason = None, ""  # the producer, and why it gave up
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))

    def settings(self, **more):
        return {"bootstrap.servers": self.address, "client.id": self.name, "socket.timeout.ms": 3000, "log_level": 0,
                "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 300, "topic.metadata.refresh.interval.ms": 2000,
                "retry.backoff.ms": 50, "error_cb": self.told,
                **{key.replace("_", "."): value for key, value in more.items()}}

    def told(self, error):
        self.journal("error", error=error.name())
        if error.fatal():
            self.reason = error.str()

    def places(self):
        """The partitions that there are now."""
        topics = json.loads((self.folder / "topics.json").read_text())
        return [TopicPartition(topic, number) for topic, count in topics for number in range(count)]

    # --- producers

    def producer(self, kind, **more):
        producer = Producer(self.settings(acks="all", linger_ms=self.chance.choice([0, 5, 50]),
                                          compression_type=self.chance.choice(["none", "none", "lz4", "zstd"]), **more))
        self.journal("producer", kind=kind, id=more.get("transactional_id"))
        self.library = producer
        return producer

    def send(self, producer, place, **more):
        self.sent += 1
        v = f"{self.journal.name}-{self.sent}"
        self.journal("send", k=name_of(place), v=v, **more)
        padding = "x" * self.chance.choice([0, 10, 100, 1000])
        while True:
            try:
                producer.produce(place.topic, value=f"{v} {padding}", partition=place.partition, on_delivery=self.delivered)
                return
            except BufferError:
                producer.poll(0.1)
            except KafkaException as error:
                self.journal("unsent", v=v, error=error.args[0].name())
                raise

    def delivered(self, error, message):
        v = message.value().split(b" ")[0].decode()
        if error:
            self.journal("nack", v=v, error=error.name())
        else:
            offset = message.offset()
            self.journal("ack", k=f"{message.topic()}/{message.partition()}", v=v,
                         o=offset if offset is not None and offset >= 0 else None)

    def produce(self, kind):
        timeout = self.chance.choice([2000, 30_000]) if kind == "plain" else 120_000  # after one librdkafka sends again
        producer = self.producer(kind, enable_idempotence=kind == "idempotent", message_timeout_ms=timeout,
                                 max_in_flight_requests_per_connection=self.chance.choice([1, 5]))
        while not self.stopping:
            try:
                for _ in range(self.chance.choice([1, 5, 50])):
                    self.send(producer, self.chance.choice(self.places()))
            except KafkaException as error:
                self.journal("fatal", error=error.args[0].str())
                return
            producer.poll(0)
            time.sleep(self.chance.uniform(0, 0.3))
        producer.flush(70)

    # --- transactions

    def retried(self, call, *arguments):
        while True:
            try:
                return call(*arguments, 10)
            except KafkaException as error:
                self.journal("error", error=error.args[0].name())
                if not error.args[0].retriable():
                    raise

    def transactional(self, transactional_id):
        producer = self.producer("tx", transactional_id=transactional_id,
                                 transaction_timeout_ms=TRANSACTION_TIMEOUT_MS)
        self.journal("init?")
        self.retried(producer.init_transactions)
        self.journal("init")
        return producer

    def transaction(self, producer, work, number):
        """Whether it was committed. work(producer, tx) sends and returns (group, offsets by k) to commit, or None."""
        tx = f"{self.journal.name}:{number}"
        producer.begin_transaction()
        try:
            offsets = work(producer, tx)
            if self.chance.random() < 0.2:
                producer.poll(self.chance.choice([0, 0.2]))  # so that some of it is written
                return self.abort(producer, tx)
            extra = {"group": offsets[0], "ks": offsets[1]} if offsets else {}
            self.journal("commit?", tx=tx, **extra)
            self.retried(producer.commit_transaction)
            self.journal("commit", tx=tx)
            return True
        except KafkaException as error:
            if not error.args[0].txn_requires_abort() and error.args[0].code() != KafkaError._STATE:
                raise
            return self.abort(producer, tx)  # _STATE: what made an abort necessary was told to nobody

    def abort(self, producer, tx):
        self.journal("abort?", tx=tx)
        self.retried(producer.abort_transaction)
        self.journal("abort", tx=tx)
        return False

    def transact(self, transactional_id):
        producer = self.transactional(transactional_id)
        number = 0

        def work(producer, tx):
            places = self.places()
            places = self.chance.sample(places, min(len(places), self.chance.choice([1, 2, 5])))
            for _ in range(self.chance.choice([1, 3, 30])):
                self.send(producer, self.chance.choice(places), tx=tx)
                if self.chance.random() < 0.05:
                    producer.poll(self.chance.uniform(0, 0.5))
        while not self.stopping:
            number += 1
            self.transaction(producer, work, number)
            time.sleep(self.chance.choice([0, 0, 0.05]))

    def transform(self, group, transactional_id):
        reader = Reader(self, "committed", group, "range")
        producer, number = self.transactional(transactional_id), 0
        reader.subscribe(["t0", "t1"])
        while not self.stopping:
            got = reader.poll()
            if not got:
                continue
            number += 1

            def work(producer, tx):
                for k, o, _ in got:
                    self.send(producer, TopicPartition("out", self.chance.randrange(2)), tx=tx, src=[k, o])
                positions = reader.positions()
                signal.alarm(7)  # the call may wait forever (librdkafka's issue 5456): then this process is killed
                self.retried(producer.send_offsets_to_transaction, positions, reader.consumer.consumer_group_metadata())
                signal.alarm(0)
                return group, {name_of(each): each.offset for each in positions}
            if not self.transaction(producer, work, number):
                reader.rewind()
        reader.close()

    # --- consumers

    def read_assigned(self, level):
        reader = Reader(self, level, None, "range")
        while not self.stopping:
            places = self.places()
            reader.assign(self.chance.sample(places, self.chance.randint(1, len(places))))
            for _ in range(self.chance.randint(5, 100)):
                if self.stopping:
                    break
                reader.poll()
                if level == "uncommitted" and self.chance.random() < 0.1:
                    reader.ask_end(self.chance.choice(places))
        reader.close()

    def read_group(self, group, level, strategy):
        while not self.stopping:
            reader = Reader(self, level, group, strategy)
            reader.subscribe(["^t[0-9]+"])
            polls = self.chance.choice([50, 100, 100_000])  # members come and go
            while not self.stopping and polls > 0:
                polls -= 1
                reader.poll()
                if self.chance.random() < 0.3:
                    reader.commit()
            if self.stopping:
                reader.commit()
            reader.close()


def main():
    address, role, name, folder, seed = sys.argv[1:]
    kind, *arguments = role.split("|")
    client = Client(address, name, folder, seed)
    actions = {"plain": lambda: client.produce("plain"), "idempotent": lambda: client.produce("idempotent"),
               "tx": client.transact, "transform": client.transform, "assign": client.read_assigned,
               "group": client.read_group}
    try:
        actions[kind](*arguments)
    except KafkaException as error:
        if client.library:
            client.library.poll(0.1)  # tells the reason of a _FATAL
        fenced = error.args[0].code() in FENCED or "fenced" in client.reason
        client.journal("fenced" if fenced else "fatal", error=error.args[0].str(), reason=client.reason,
                       code=error.args[0].name())


if __name__ == "__main__":
    main()
