"""Streams that are resharded while producers and consumers run: every acked record is read once, and a key's records in
their order, by readers that finish parents before they begin children. Over kill -9 and beside Kafka's clients too."""
import collections
import json
import random
import subprocess
import threading
import time

import pytest
import requests

from harness import ROOT
from harness.clients import JSON_V2
from harness.shards import (FAULTS, LAST_KEY, Producers, Reader, check_records, check_tree, connect, hash_range, is_open,
                            parents_of, reshard_somehow)

KAFKA_CLIENT = ROOT / "tests/kafka_clients/client.py"
KAFKA_SHARDS = ROOT / "tests/kafka_clients/shards.py"


def test_producers_and_consumers_over_random_reshards(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=2)
    producers, reader = Producers(server, "s"), Reader(server, "s")
    choice = random.Random(20131202)
    for _ in range(12):
        time.sleep(0.05)
        reshard_somehow(kinesis, "s", choice)
    producers.stop()
    check_records(reader.finish(), producers.acked, exactly=True)
    assert not producers.errors, producers.errors[:3]
    assert sum(map(len, producers.acked.values())) > 100
    shards = check_tree(kinesis, "s")
    assert reader.ended == {name for name, shard in shards.items() if not is_open(shard)}
    server.stop()
    server.start()  # and all of it once more from the disk
    assert check_tree(connect(server), "s") == shards
    check_records(Reader(server, "s").finish(), producers.acked, exactly=True)


def test_kill_9_in_the_middle_of_reshards(make_server):
    server = make_server()
    connect(server).create_stream(StreamName="s", ShardCount=1)
    producers, reader = Producers(server, "s"), Reader(server, "s")
    choice, delays = random.Random(5), random.Random(6)
    for round_ in range(6):
        kinesis = connect(server)
        answered = threading.Semaphore(0)

        def reshard():
            try:
                while True:
                    reshard_somehow(kinesis, "s", choice)
                    answered.release()
            except FAULTS:
                pass  # the kill

        thread = threading.Thread(target=reshard)
        thread.start()
        for _ in range(round_ % 3):
            assert answered.acquire(timeout=30)
        time.sleep(delays.uniform(0, 0.06))  # into the next one
        server.kill()
        thread.join()
        server.start()
        check_tree(connect(server), "s")
    producers.stop()
    check_records(reader.finish(), producers.acked)
    # Every partition is one of a shard: nothing is left of steps that were cut short.
    shards = check_tree(connect(server), "s")
    folders = [each.name for each in (server.data / "log").iterdir() if each.name.startswith("s-")]
    assert sorted(folders) == sorted(f"s-{number}" for number in range(len(shards)))


@pytest.fixture
def kafka(kafka_python):
    """kafka(server, script, *arguments): a process that speaks Kafka; stdin and stdout are pipes."""
    made = []

    def start(server, script, *arguments):
        made.append(subprocess.Popen([kafka_python, script, server.ready["kafka"], *arguments], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return made[-1]

    yield start
    for process in made:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_beside_a_kafka_producer_and_a_kafka_consumer(make_server, kafka):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=2)
    flow = kafka(server, KAFKA_SHARDS, "flow", "s")
    producers, reader = Producers(server, "s", count=2), Reader(server, "s")
    choice = random.Random(7)
    time.sleep(1)
    for _ in range(6):
        time.sleep(0.1)
        reshard_somehow(kinesis, "s", choice)
    time.sleep(0.3)
    output, _ = flow.communicate(timeout=60)
    by_kafka = json.loads(output)
    producers.stop()
    reader.finish()
    acked = dict(producers.acked)
    for value in by_kafka["acked"]:
        key, number = value.rsplit(" ", 1)
        acked.setdefault(key, []).append(int(number))
    # By Kafka's partitioner a key changes its place with the number of partitions: only Kinesis' keys keep their order.
    check_records([each for each in reader.got if each[0].startswith("key-")], producers.acked, exactly=True)
    of_kafka = collections.Counter(each for each in reader.got if each[0].startswith("kafka-"))
    assert of_kafka == collections.Counter((key, n) for key in acked if key.startswith("kafka-") for n in acked[key])
    assert by_kafka["acked"] and set(by_kafka["errors"]) <= {"POLICY_VIOLATION"}, by_kafka["errors"]
    consumed, _ = kafka(server, KAFKA_CLIENT, "read-all", "s").communicate(timeout=60)
    values = collections.Counter(json.loads(line)["value"] for line in consumed.splitlines())
    assert values == collections.Counter(f"{key} {number}" for key, numbers in acked.items() for number in numbers)


def test_kafka_producers_hear_at_once_that_a_partition_is_sealed(server, kafka):
    kinesis = connect(server)
    kinesis.create_stream(StreamName="sealed", ShardCount=2)
    kinesis.split_shard(StreamName="sealed", ShardToSplit="0", NewStartingHashKey="1000")
    output, _ = kafka(server, KAFKA_SHARDS, "refused", "sealed").communicate(timeout=120)
    told = [json.loads(line) for line in output.splitlines()]
    assert len(told) == 4
    for each in told:
        assert each["error"] in ("POLICY_VIOLATION", "PolicyViolationError"), each
        assert each["seconds"] < 20, each  # not after delivery.timeout.ms, two minutes
        # This one gives up at any error that is not retriable.
        assert each["then"] == "stored" or each["producer"] == "kafka-python, idempotent", each


def test_a_transaction_that_is_open_over_a_reshard_can_be_committed(server, kafka):
    kinesis = connect(server)
    kinesis.create_stream(StreamName="across", ShardCount=1)
    producer = kafka(server, KAFKA_SHARDS, "transaction", "across")
    assert producer.stdout.readline() == "open\n"
    kinesis.split_shard(StreamName="across", ShardToSplit="0", NewStartingHashKey="1000")
    iterator = kinesis.get_shard_iterator(StreamName="across", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    waiting = kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    assert waiting["Records"] == [] and waiting["NextShardIterator"], "the end is not told before it is known"
    output, _ = producer.communicate("go on\n", timeout=60)
    assert output == "committed\n"
    ended = kinesis.get_records(ShardIterator=waiting["NextShardIterator"])
    assert [record["Data"] for record in ended["Records"]] == [b"in a transaction"]
    assert not ended.get("NextShardIterator") and len(ended["ChildShards"]) == 2


def test_rest_producers_choose_open_partitions(server):
    kinesis = connect(server)
    kinesis.create_stream(StreamName="rest-shards", ShardCount=1)
    kinesis.split_shard(StreamName="rest-shards", ShardToSplit="0", NewStartingHashKey="1000")

    def post(*records):
        answer = requests.post(f"{server.http}/topics/rest-shards", json.dumps({"records": records}), timeout=30,
                               headers={"Content-Type": JSON_V2})
        assert answer.status_code == 200, answer.text
        return answer.json()["offsets"]

    used = {post({"value": 1})[0]["partition"] for _ in range(4)}
    used |= {element["partition"] for element in post(*({"key": f"k{i}", "value": i} for i in range(20)))}
    assert used == {1, 2}
    sealed, stored = post({"partition": 0, "value": 1}, {"partition": 1, "value": 2})
    assert (sealed["error_code"], sealed["offset"]) == (50002, None) and "is sealed" in sealed["error"]
    assert stored["error_code"] is None and stored["partition"] == 1


def test_tables_take_in_what_comes_to_new_shards(server):
    kinesis = connect(server)
    kinesis.create_stream(StreamName="streaming-reshard-user", ShardCount=1)
    put = lambda ind: kinesis.put_record(StreamName="streaming-reshard-user", PartitionKey=f"user {ind}", Data=json.dumps(
        {"ind": ind, "first_name": "Abigail", "last_name": "Ali", "age": 20, "date_joined": "2015-10-24 11:23:51"}))
    for ind in range(5):
        put(ind)
    kinesis.update_shard_count(StreamName="streaming-reshard-user", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    used = {put(ind)["ShardId"] for ind in range(5, 20)}
    assert used == {"shardId-000000000001", "shardId-000000000002"}
    server.drain()
    rows = server.sql('SELECT ind FROM clean."reshard_user_table" ORDER BY ind')
    assert [row["ind"] for row in rows] == list(range(20))


def test_boto3_sees_the_services_errors(server):
    kinesis = connect(server)
    kinesis.create_stream(StreamName="errors", ShardCount=2)
    for call, code in [
        (lambda: kinesis.split_shard(StreamName="errors", ShardToSplit="7", NewStartingHashKey="9"),
         kinesis.exceptions.ResourceNotFoundException),
        (lambda: kinesis.split_shard(StreamName="errors", ShardToSplit="1", NewStartingHashKey="9"),
         kinesis.exceptions.InvalidArgumentException),
        (lambda: kinesis.merge_shards(StreamName="errors", ShardToMerge="0", AdjacentShardToMerge="0"),
         kinesis.exceptions.InvalidArgumentException),
        (lambda: kinesis.update_shard_count(StreamName="errors", TargetShardCount=9, ScalingType="UNIFORM_SCALING"),
         kinesis.exceptions.LimitExceededException),
    ]:
        with pytest.raises(code):
            call()
    assert len(check_tree(kinesis, "errors")) == 2
    kinesis.merge_shards(StreamName="errors", ShardToMerge="shardId-000000000000",
                         AdjacentShardToMerge="shardId-000000000001")
    merged = check_tree(kinesis, "errors")["shardId-000000000002"]
    assert parents_of(merged) == ["shardId-000000000000", "shardId-000000000001"]
    assert hash_range(merged) == (0, LAST_KEY)
