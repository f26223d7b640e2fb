"""A consumer that knows, and writes down, where it is in each partition it has."""
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition


def name_of(place):
    return f"{place.topic}/{place.partition}"


class Reader:
    def __init__(self, client, level, group, strategy):
        self.client, self.journal, self.group, self.strategy = client, client.journal, group, strategy
        self.next = {}  # by (topic, partition)
        self.consumer = Consumer(client.settings(
            group_id=group or f"unused {client.name}", isolation_level=f"read_{level}", enable_auto_commit=False,
            auto_offset_reset="earliest" if group else "error", partition_assignment_strategy=strategy,
            session_timeout_ms=6000, heartbeat_interval_ms=500, fetch_wait_max_ms=100, enable_auto_offset_store=False,
            max_partition_fetch_bytes=client.chance.choice([2000, 1_000_000])))
        self.journal("consumer", level=level, group=group)

    def start_at(self, places):
        self.next.update({(place.topic, place.partition): place.offset for place in places})
        self.journal("assigned", ks={name_of(place): place.offset if place.offset >= 0 else None for place in places})

    def assign(self, places):
        self.revoked(None, self.consumer.assignment())
        for place in places:
            place.offset = self.next.get((place.topic, place.partition), 0) if self.client.chance.random() < 0.8 else 0
        self.start_at(places)
        self.consumer.assign(places)

    def subscribe(self, topics):
        self.consumer.subscribe(topics, on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.revoked)

    def assigned(self, consumer, places):
        committed = self.read_offsets(places)
        places = [TopicPartition(place.topic, place.partition, committed[name_of(place)] if committed else -1000)
                  for place in places]
        self.start_at(places)
        if self.strategy == "cooperative-sticky":
            consumer.incremental_assign(places)
        else:
            consumer.assign(places)

    def revoked(self, _, places):
        self.journal("revoked", ks=[name_of(place) for place in places])
        if self.group:
            for place in places:
                self.next.pop((place.topic, place.partition), None)

    def read_offsets(self, places):
        """Committed offsets by k, 0 where there is none; None if they could not be had."""
        asked = time.monotonic()
        try:
            got = self.consumer.committed(places, timeout=5)
        except KafkaException as error:
            self.journal("error", error=error.args[0].name())
            return None
        if any(each.error for each in got):
            return None
        offsets = {name_of(each): max(each.offset, 0) for each in got}
        self.journal("offsets", group=self.group, ks=offsets, t0=asked)
        return offsets

    def poll(self):
        try:
            messages = self.consumer.consume(self.client.chance.choice([1, 20, 500]), 0.2)
        except KafkaException as error:
            self.journal("error", error=error.args[0].name())
            return []
        got = []
        for message in messages:
            if message.error():
                what = "lost" if message.error().code() == KafkaError._AUTO_OFFSET_RESET else "error"
                self.journal(what, error=message.error().str())
                continue
            got.append([f"{message.topic()}/{message.partition()}", message.offset(),
                        message.value().split(b" ")[0].decode()])
            self.next[message.topic(), message.partition()] = message.offset() + 1
        if got:
            self.journal("polled", rs=got)
        return got

    def positions(self):
        return [TopicPartition(topic, number, offset) for (topic, number), offset in self.next.items() if offset >= 0]

    def commit(self):
        positions, asked = self.positions(), time.monotonic()
        if not positions:
            return
        try:
            done = self.consumer.commit(offsets=positions, asynchronous=False)
        except KafkaException as error:
            self.journal("error", error=error.args[0].name())
            return
        kept = {name_of(each): each.offset for each in done if not each.error}
        self.journal("committed", group=self.group, ks=kept, t0=asked)

    def rewind(self):
        """Back to what is committed: what was read since then has come to nothing."""
        while places := self.consumer.assignment():
            committed = self.read_offsets(places)
            if committed is not None:
                places = [TopicPartition(each.topic, each.partition, committed[name_of(each)]) for each in places]
                self.revoked(None, places)
                self.start_at(places)
                self.consumer.assign(places)
                return

    def ask_end(self, place):
        asked = time.monotonic()
        try:
            _, end = self.consumer.get_watermark_offsets(place, timeout=3)
        except KafkaException as error:
            self.journal("error", error=error.args[0].name())
            return
        self.journal("end", k=name_of(place), o=end, t0=asked)

    def close(self):
        self.consumer.close()
