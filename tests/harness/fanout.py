"""A consumer with enhanced fan-out: subscribes to each shard of a stream, and goes on from where it was."""
import contextlib
import threading
import time

import botocore.exceptions
import urllib3

from harness.shards import FAULTS, connect, is_open, parents_of, shards_of

AWAY = (*FAULTS, urllib3.exceptions.HTTPError, ConnectionError)


def consumer_arn(kinesis, stream, name):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    return kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]["ConsumerARN"]


class Subscriber:
    """Follows a stream from its first shards on, children when all their parents are at their end."""

    def __init__(self, server, stream, name):
        self.server, self.stream = server, stream
        self.arn = consumer_arn(connect(server), stream, name)
        self.got = []  # (key, number) as they came
        self.ended = set()
        self.events = 0
        self.failure = None
        self.stopping = False
        self.lock = threading.Lock()
        self.parents, self.threads = {}, []
        shards = shards_of(connect(server), stream)
        for shard, description in shards.items():
            if not parents_of(description):
                self.begin(shard)

    def begin(self, shard):
        self.threads.append(threading.Thread(target=self.run, args=(shard,)))
        self.threads[-1].start()

    def run(self, shard):
        try:
            position = {"Type": "TRIM_HORIZON"}
            while position and not self.stopping:
                position = self.subscribe(shard, position)
        except BaseException as error:
            self.failure = error

    def subscribe(self, shard, position):
        """Where to go on; None at the end of the shard."""
        try:
            kinesis = connect(self.server)
            answer = kinesis.subscribe_to_shard(ConsumerARN=self.arn, ShardId=shard, StartingPosition=position)
            with contextlib.closing(answer["EventStream"]) as stream:
                for each in stream:
                    event = each["SubscribeToShardEvent"]
                    with self.lock:
                        self.events += 1
                        for record in event["Records"]:
                            key, number = record["Data"].decode().rsplit(" ", 1)
                            self.got.append((key, int(number)))
                    if "ContinuationSequenceNumber" not in event:
                        self.end(shard, event["ChildShards"])
                        return None
                    assert "ChildShards" not in event
                    position = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}
                    if self.stopping:
                        break
        except AWAY:
            if not self.stopping:
                time.sleep(0.05)
        return position

    def end(self, shard, children):
        assert children, f"{shard} has ended without children"
        with self.lock:
            self.ended.add(shard)
            self.parents.update({child["ShardId"]: child["ParentShards"] for child in children})
            ready = [child for child, parents in self.parents.items() if self.ended.issuperset(parents)]
            for child in ready:
                del self.parents[child]
                self.begin(child)

    def finish(self, timeout=60):
        """All that there is, up to the end of the open shards."""
        kinesis, deadline = connect(self.server), time.monotonic() + timeout
        shards = shards_of(kinesis, self.stream)
        closed = {shard for shard, description in shards.items() if not is_open(description)}
        count = sum(len(read_all(kinesis, self.stream, shard)) for shard in shards)
        while time.monotonic() < deadline and not self.failure and (len(self.got) < count or self.ended < closed):
            time.sleep(0.05)
        self.stop()
        assert len(self.got) == count and self.ended == closed
        return self.got

    def stop(self):
        self.stopping = True  # seen with the next event, 5 s later at most
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        if self.failure:
            raise self.failure


def read_all(kinesis, stream, shard):
    place = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = []
    while place:
        answer = kinesis.get_records(ShardIterator=place)
        records += answer["Records"]
        if answer["MillisBehindLatest"] == 0:
            break
        place = answer.get("NextShardIterator")
    return records
