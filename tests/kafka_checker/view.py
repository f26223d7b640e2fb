"""The broker as it looks from outside when nobody else is at it: ends, committed offsets, all that can be read."""
import collections
import logging
import time

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from .reader import name_of

GROUPS = {"all": "t", "sticky": "t", "between": ("t0/", "t1/")}  # and what their partitions begin with


class View:
    """What it reads goes into the journal."""

    def __init__(self, address, topics, journal):
        self.address, self.topics, self.journal = address, topics, journal

    def partitions(self):
        return [TopicPartition(name, number) for name, count in self.topics.items() for number in range(count)]

    def ends(self, level):
        asked = {place: OffsetSpec.latest() for place in self.partitions()}
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})  # kept: without it no answer comes
        got = admin.list_offsets(asked, isolation_level=level, request_timeout=20)
        return {name_of(place): each.result(20).offset for place, each in got.items()}

    def open_partitions(self):
        """Those whose end is not their last stable offset."""
        stable, ends = self.ends(IsolationLevel.READ_COMMITTED), self.ends(IsolationLevel.READ_UNCOMMITTED)
        return {k: (stable[k], end) for k, end in ends.items() if stable[k] != end}

    def lags(self):
        """A reader stands at the end when nothing that it could be given is at or after its committed offset."""
        ends, behind = self.ends(IsolationLevel.READ_COMMITTED), {}
        for group in GROUPS:
            committed = self.group_offsets(group)
            mine = [k for k in ends if k.startswith(GROUPS[group])]
            behind.update({(group, k): (committed[k], ends[k]) for k in mine if committed[k] < ends[k]})
        if behind:
            last = self.last_records(behind)
            behind = {(g, k): state for (g, k), state in behind.items() if state[0] <= last[k]}
        return behind

    def last_records(self, behind):
        """By partition the last offset with a record in it: markers may stand behind it."""
        found = {}
        for k in {k for _, k in behind}:
            start = min(state[0] for (_, each), state in behind.items() if each == k)
            records = self.read([TopicPartition(k.split("/")[0], int(k.split("/")[1]), start)], "committed")
            found[k] = max((o for _, o, _ in records), default=-1)
        return found

    def group_offsets(self, group):
        asked = time.monotonic()
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        got = consumer.committed(self.partitions(), timeout=20)
        consumer.close()
        offsets = {name_of(each): max(each.offset, 0) for each in got}
        self.journal("offsets", group=group, ks=offsets, t0=asked)
        return offsets

    def read_all(self, f, level):
        for place in self.partitions():
            place.offset = 0
            self.journal(f, level=level, k=name_of(place), rs=self.read([place], level))

    def read(self, places, level):
        """[k, o, v] of all records up to the end."""
        said = collections.deque(maxlen=30)
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "unused", "enable.partition.eof": True,
                             "isolation.level": f"read_{level}", "enable.auto.commit": False, "debug": "fetch,msg",
                             "fetch.wait.max.ms": 10, "auto.offset.reset": "error"}, logger=logger(said))
        consumer.assign(places)
        got, left, until = [], len(places), time.monotonic() + 60
        while left:
            message = consumer.poll(1)  # consume() loses the end now and then
            if message is None:
                pass
            elif not message.error():
                got.append([f"{message.topic()}/{message.partition()}", message.offset(),
                            message.value().split(b" ")[0].decode()])
            elif message.error().code() == KafkaError._PARTITION_EOF:
                left -= 1
            elif message.error().code() == KafkaError._AUTO_OFFSET_RESET:
                raise KafkaException(message.error())
            assert time.monotonic() < until, \
                f"{places} could not be read to the end in 60 s, but to {got[-1:]} of {self.ends(IsolationLevel.READ_COMMITTED)}" \
                f" and {self.ends(IsolationLevel.READ_UNCOMMITTED)}; the reader says:\n" + "\n".join(said)
        consumer.close()
        return got


def logger(lines):
    """Keeps the last lines of what the library says."""
    made, handler = logging.Logger("reader", logging.DEBUG), logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    made.addHandler(handler)
    return made
