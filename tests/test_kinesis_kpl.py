"""Only with --all: the Kinesis Producer Library with its native daemon, over TLS: its user records, aggregated as it does
that, are in the stream's table once each."""
import collections
import random
import re
import subprocess
import threading
import time
import urllib.parse

import boto3
import botocore.client
import pytest
import requests

from harness import command
from harness.others import JAVA, java_program
from harness.shards import reshard_somehow

pytestmark = pytest.mark.slow


@pytest.fixture
def secure(make_server, tmp_path):
    """A server with certificates of its own, and a file with more settings."""
    command("certs", "--data", tmp_path / "data")

    def start(settings=""):
        (tmp_path / "pinflow.toml").write_text(settings)
        return make_server("--config", tmp_path / "pinflow.toml", http="https://127.0.0.1:0")
    return start


def connect(server):
    return boto3.client("kinesis", endpoint_url=server.http, region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="key", verify=str(server.data / "certs/ca.crt"),
                        config=botocore.client.Config(retries={"mode": "standard", "total_max_attempts": 10}))


def produce(server, stream, first, end, pause_ms=0, repeat=1):
    """(shard, sequence number, attempts) of each user record, by its number, as the library was answered."""
    port, folder = urllib.parse.urlsplit(server.http).port, JAVA / "kpl"
    folder.mkdir(parents=True, exist_ok=True)
    program = java_program("kinesis_clients/kpl", "Produce", port, server.data / "certs/ca.crt", folder, stream, first, end,
                           pause_ms, repeat)
    done = subprocess.run(program, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    lines = [line.split() for line in done.stdout.splitlines()]
    answers = {int(number): (shard, sequence, int(attempts)) for number, shard, sequence, attempts in lines}
    assert sorted(answers) == list(range(first, end))
    return answers


def rows_of(server, table):
    server.drain()
    return server.sql(f'SELECT ind, age, _partition, _offset, _index FROM clean_rows."{table}" ORDER BY ind')


def check_once(rows, first, end):
    assert [(row["ind"], row["age"]) for row in rows] == [(i, 20) for i in range(first, end)]


def test_its_user_records_are_in_the_table_once(secure):
    server, stream = secure(), "streaming-kpl-user"
    connect(server).create_stream(StreamName=stream, ShardCount=3)
    answers = produce(server, stream, 0, 20_000)
    rows = rows_of(server, "kpl_user_table")
    check_once(rows, 0, 20_000)
    records = {(row["_partition"], row["_offset"]) for row in rows}
    assert 3 <= len(records) < 500, "they were aggregated"
    assert server.value(f'SELECT count(*) FROM raw."{stream}"') == len(records)
    by_record = collections.defaultdict(set)
    for row in rows:
        shard, sequence, _ = answers[row["ind"]]
        assert int(shard.removeprefix("shardId-")) == row["_partition"]
        by_record[row["_partition"], row["_offset"]].add(sequence)
    assert all(len(sequences) == 1 for sequences in by_record.values()), "one number for all of an aggregate"
    assert server.value('SELECT count(*) FROM quarantine."kpl_user_table"') == 0
    metrics = requests.get(f"{server.console}/metrics", timeout=10).text
    asked = re.findall(r'^pinflow_http_answers_total{operation="([^"]+)",status="(\w+)"}', metrics, re.MULTILINE)
    needed = ("CreateStream", "DescribeStreamSummary", "ListShards", "PutRecords")
    assert sorted(asked) == [(operation, "200") for operation in needed]


def test_it_gets_through_the_limits_of_the_service(secure):
    server, stream = secure("[kinesis]\nemulate_limits = true\n"), "streaming-kplslow-user"
    connect(server).create_stream(StreamName=stream, ShardCount=1)
    answers = produce(server, stream, 0, 8_000, repeat=300)  # 1.2 KB each
    check_once(rows_of(server, "kplslow_user_table"), 0, 8_000)
    assert max(attempts for _, _, attempts in answers.values()) > 1, "some had to be put again"


def test_it_follows_shards_that_split_and_merge(secure):
    server, stream, choice = secure(), "streaming-kplsplit-user", random.Random(5)
    kinesis = connect(server)
    kinesis.create_stream(StreamName=stream, ShardCount=2)

    def reshard():
        for _ in range(4):
            time.sleep(3)
            reshard_somehow(kinesis, stream, choice)
    thread = threading.Thread(target=reshard)
    thread.start()
    answers = produce(server, stream, 0, 20_000, 700)
    thread.join()
    assert len({shard for shard, _, _ in answers.values()}) > 2
    found = {row["ind"] for row in rows_of(server, "kplsplit_user_table")}
    assert found == set(range(20_000)), "what went to a shard it was not meant for it puts again"
