"""Streams that are resharded: what their shards are, threads that put into them and readers that follow the shards."""
import collections
import threading
import time

import boto3
import botocore.client
import botocore.exceptions

LAST_KEY = 2**128 - 1
FAULTS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


def connect(server):
    return boto3.client("kinesis", endpoint_url=server.http, region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="key",
                        config=botocore.client.Config(retries={"total_max_attempts": 1}, connect_timeout=10))


def shards_of(kinesis, stream):
    return {shard["ShardId"]: shard for shard in kinesis.list_shards(StreamName=stream)["Shards"]}


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def hash_range(shard):
    return int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])


def parents_of(shard):
    return [shard[name] for name in ("ParentShardId", "AdjacentParentShardId") if name in shard]


def check_tree(kinesis, stream):
    """Open shards cover the hash space once; what is closed has children, which are younger."""
    shards = shards_of(kinesis, stream)
    next_key = 0
    for first, last in sorted(hash_range(shard) for shard in shards.values() if is_open(shard)):
        assert first == next_key
        next_key = last + 1
    assert next_key == LAST_KEY + 1
    with_children = set()
    for shard in shards.values():
        for parent in parents_of(shard):
            with_children.add(parent)
            assert (int(shards[parent]["SequenceNumberRange"]["EndingSequenceNumber"])
                    < int(shard["SequenceNumberRange"]["StartingSequenceNumber"]))
    assert with_children == {name for name, shard in shards.items() if not is_open(shard)}
    return shards


def reshard_somehow(kinesis, stream, choice):
    """One split, merge or change of the count."""
    opened = sorted((shard for shard in shards_of(kinesis, stream).values() if is_open(shard)), key=hash_range)
    what = choice.choice(["split", "merge", "update"])
    if what == "split" and len(opened) < 6:
        shard = choice.choice(opened)
        first, last = hash_range(shard)
        kinesis.split_shard(StreamName=stream, ShardToSplit=shard["ShardId"],
                            NewStartingHashKey=str(choice.randrange(first + 2, last)))
    elif what == "merge" and len(opened) > 1:
        at = choice.randrange(len(opened) - 1)
        kinesis.merge_shards(StreamName=stream, ShardToMerge=opened[at]["ShardId"],
                             AdjacentShardToMerge=opened[at + 1]["ShardId"])
    else:
        target = choice.randint((len(opened) + 1) // 2, min(6, 2 * len(opened)))
        kinesis.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")


class Producers:
    """Threads that put "KEY NUMBER", each with keys of its own; `acked` are those that were answered, by key."""

    def __init__(self, server, stream, count=3):
        self.server, self.stream = server, stream
        self.acked = collections.defaultdict(list)
        self.stopping = False
        self.errors = []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, me):
        number, http, kinesis = 0, None, None
        keys = [f"key-{me}-{i}" for i in range(5)]
        while not self.stopping:
            if http != self.server.http:  # it is another one after a restart
                http, kinesis = self.server.http, connect(self.server)
            try:
                if number % 3 == 0:
                    kinesis.put_record(StreamName=self.stream, Data=f"{keys[0]} {number}", PartitionKey=keys[0])
                    stored = [keys[0]]
                else:
                    entries = [{"Data": f"{key} {number}", "PartitionKey": key} for key in keys]
                    answer = kinesis.put_records(StreamName=self.stream, Records=entries)
                    stored = [key for key, record in zip(keys, answer["Records"]) if "SequenceNumber" in record]
                    if len(stored) != len(keys):
                        self.errors.append(answer)
                for key in stored:
                    self.acked[key].append(number)
            except FAULTS as error:
                self.errors.append(error)
                time.sleep(0.02)
            number += 1

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


class Reader:
    """Reads a stream shard by shard from its first shards on, children when all their parents are at their end."""

    def __init__(self, server, stream):
        self.server, self.stream = server, stream
        self.got = []  # (key, number) as they came
        self.ended = set()
        self.iterators, self.parents = {}, {}  # of shards that are read, and of those that wait
        self.finishing = False
        self.failure = None
        kinesis = connect(server)
        for name, shard in shards_of(kinesis, stream).items():
            if not parents_of(shard):
                self.begin(kinesis, name)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def begin(self, kinesis, shard):
        self.iterators[shard] = kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard,
                                                           ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    def begin_children(self, kinesis):
        for child, parents in list(self.parents.items()):
            if self.ended.issuperset(parents):
                self.begin(kinesis, child)
                del self.parents[child]

    def read(self, kinesis, shard):
        answer = kinesis.get_records(ShardIterator=self.iterators[shard], Limit=200)
        for record in answer["Records"]:
            key, number = record["Data"].decode().rsplit(" ", 1)
            self.got.append((key, int(number)))
        if answer.get("NextShardIterator"):
            assert "ChildShards" not in answer
            self.iterators[shard] = answer["NextShardIterator"]
            return bool(answer["Records"])
        assert answer["ChildShards"], f"{shard} has ended without children"
        self.parents.update({child["ShardId"]: child["ParentShards"] for child in answer["ChildShards"]})
        self.ended.add(shard)
        del self.iterators[shard]
        return True

    def run(self):
        try:
            http, kinesis, idle = None, None, 0
            while idle < 3:
                if http != self.server.http:  # it is another one after a restart
                    http, kinesis = self.server.http, connect(self.server)
                busy = False
                try:
                    self.begin_children(kinesis)
                    for shard in list(self.iterators):
                        busy |= self.read(kinesis, shard)
                except botocore.exceptions.BotoCoreError:  # the server is away
                    busy = True
                    time.sleep(0.02)
                idle = idle + 1 if self.finishing and not busy and not self.parents else 0
                if not busy:
                    time.sleep(0.01)
        except BaseException as error:
            self.failure = error

    def finish(self):
        """All that was read, up to the end of the open shards."""
        self.finishing = True
        self.thread.join(60)
        assert not self.thread.is_alive()
        if self.failure:
            raise self.failure
        return self.got


def check_records(got, acked, exactly=False):
    """All that was acked, once; a key's in order. Others may have been stored without an answer."""
    by_key = collections.defaultdict(list)
    for key, number in got:
        by_key[key].append(number)
    for key, numbers in by_key.items():
        assert numbers == sorted(set(numbers)), f"{key}: {numbers}"
    for key, numbers in acked.items():
        missing = set(numbers) - set(by_key[key])
        assert not missing, f"{key}: {sorted(missing)[:20]} were acked and not read"
        if exactly:
            assert by_key[key] == numbers
