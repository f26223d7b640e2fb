"""Aggregated records, made by AWS's own library: whole for readers, taken apart on their way into tables, once each."""
import base64
import json
import random
import subprocess
import threading
import time

import pytest

from harness import ROOT
from harness.fanout import AWAY, consumer_arn, read_all
from harness.shards import connect, shards_of

SCRIPT = ROOT / "tests/kinesis_clients/aggregate.py"


@pytest.fixture
def library(kinesis_python):
    def run(records, *arguments):
        result = subprocess.run([kinesis_python, SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                                input="".join(json.dumps(record) + "\n" for record in records))
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]
    return run


def users(first, end, key="key-{}"):
    """User records with keys of all shards, some with hash keys of their own."""
    return [{"key": key.format(i), "hash_key": str(i << 100) if i % 3 == 0 else None,
             "data": json.dumps({"ind": i, "first_name": "Zoë", "age": 20 + i % 40})} for i in range(first, end)]


def put(kinesis, stream, aggregates):
    entries = [{"Data": base64.b64decode(each["data"]), "PartitionKey": each["key"],
                **({"ExplicitHashKey": each["hash_key"]} if each["hash_key"] else {})} for each in aggregates]
    for i in range(0, len(entries), 100):
        assert kinesis.put_records(StreamName=stream, Records=entries[i:i + 100])["FailedRecordCount"] == 0


def test_readers_get_aggregates_and_tables_user_records(server, library):
    kinesis, stream, sent = connect(server), "streaming-agg-user", users(0, 700)
    kinesis.create_stream(StreamName=stream, ShardCount=3)
    aggregates = library(sent, "pack", 2000)
    assert 10 < len(aggregates) < 100
    put(kinesis, stream, aggregates)
    server.drain()
    rows = server.sql('SELECT ind, age, _partition, _offset, _index FROM clean_rows."agg_user_table" ORDER BY ind')
    assert [(row["ind"], row["age"]) for row in rows] == [(i, 20 + i % 40) for i in range(700)]
    places = {}
    for row in rows:
        places.setdefault((row["_partition"], row["_offset"]), []).append(row["_index"])
    assert len(places) == len(aggregates)
    assert all(sorted(indexes) == list(range(len(indexes))) for indexes in places.values())
    assert server.value(f'SELECT count(*) FROM raw."{stream}"') == len(aggregates)
    got = [{"data": base64.b64encode(record["Data"]).decode()}
           for shard in shards_of(kinesis, stream) for record in read_all(kinesis, stream, shard)]
    assert sorted(each["data"] for each in got) == sorted(each["data"] for each in aggregates)
    unpacked = library(got, "unpack")
    assert sorted((each["key"], each["data"]) for each in unpacked) == sorted((each["key"], each["data"]) for each in sent)
    pushed = kinesis.subscribe_to_shard(ConsumerARN=consumer_arn(kinesis, stream, "c"), ShardId="shardId-000000000000",
                                        StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    first = next(iter(pushed))["SubscribeToShardEvent"]["Records"][0]["Data"]
    assert base64.b64encode(first).decode() in {each["data"] for each in aggregates}


def test_user_records_have_their_own_partition_keys(server, library):
    kinesis = connect(server)
    sent = users(0, 10, "agg2-user") + users(10, 20, "agg3-user") + users(20, 25, "nobodys")
    put_to = "Kinesis-Prod-Stream"
    if put_to not in kinesis.list_streams()["StreamNames"]:
        kinesis.create_stream(StreamName=put_to, ShardCount=1)
    aggregates = library(sent, "pack", 100_000)
    assert len(aggregates) == 1
    put(kinesis, put_to, aggregates)
    server.drain()
    for name, first in (("agg2", 0), ("agg3", 10)):
        rows = server.sql(f'SELECT ind, _index FROM clean_rows."{name}_user_table" ORDER BY ind')
        assert [(row["ind"], row["_index"]) for row in rows] == [(i, i) for i in range(first, first + 10)]


def test_what_is_bad_goes_to_quarantine(server, library):
    kinesis, stream = connect(server), "streaming-agg4-user"
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    sent = users(0, 5)
    sent[3]["data"] = "nonsense"
    (aggregate,) = library(sent, "pack", 100_000)
    whole = base64.b64decode(aggregate["data"])
    for data in (whole, whole[:-1] + bytes([whole[-1] ^ 1]), whole[:20]):
        kinesis.put_record(StreamName=stream, Data=data, PartitionKey="outer")
    server.drain()
    rows = server.sql('SELECT ind, _index FROM clean_rows."agg4_user_table" ORDER BY ind')
    assert [(row["ind"], row["_index"]) for row in rows] == [(0, 0), (1, 1), (2, 2), (4, 4)]
    bad = server.sql('SELECT _offset, decode(key) AS key, octet_length(value) AS size, rule, message '
                     'FROM quarantine."agg4_user_table" ORDER BY _offset')
    assert [(row["_offset"], row["key"], row["size"], row["rule"]) for row in bad] == [
        (0, "key-3", 8, "json"), (1, "outer", len(whole), "json"), (2, "outer", 20, "json")]
    assert bad[0]["message"].startswith("user record 4 of 5 in the aggregate: ")


def test_once_each_through_kill_9(make_server, library):
    server, stream = make_server(), "streaming-agg5-user"
    connect(server).create_stream(StreamName=stream, ShardCount=2)
    batches = [library(users(100 * i, 100 * i + 100), "pack", 1500) for i in range(30)]
    acked, stopping = set(), threading.Event()

    def produce():
        left, http, kinesis = list(range(len(batches))), None, None
        while left and not stopping.is_set():
            if http != server.http:
                http, kinesis = server.http, connect(server)
            try:
                for each in list(batches[left[0]]):
                    put(kinesis, stream, [each])
                    batches[left[0]].remove(each)  # the rest of the batch is put after the kill
                acked.add(left.pop(0))
            except AWAY:
                batches[left[0]] = batches[left[0]][1:]  # nobody knows of the one that was on its way
                unsure.add(left[0])
                time.sleep(0.02)

    unsure, delays = set(), random.Random(9)
    thread = threading.Thread(target=produce)
    thread.start()
    for _ in range(5):
        time.sleep(delays.uniform(0.1, 0.6))
        server.kill()
        server.start()
    thread.join(120)
    stopping.set()
    assert len(acked) == 30
    server.drain()
    rows = server.sql('SELECT ind FROM clean."agg5_user_table"')
    found = [row["ind"] for row in rows]
    assert len(found) == len(set(found)), "a user record is there twice"
    missing = set(range(3000)) - set(found)
    assert {ind // 100 for ind in missing} <= unsure
    assert server.value('SELECT count(*) FROM quarantine."agg5_user_table"') == 0
