"""`pinflow rebuild --source`: history that the log has no more, from a connector's objects and from raw Delta tables."""
import base64
import json
import subprocess
import threading
import time

import pytest

from harness import Rest
from harness.clients import BINARY_V2
from harness.s3 import KEYS, s3_server
from test_connect_s3 import Sink
from test_rebuild import expect_each_once, produce, rebuild, reload, rules, write_rules  # noqa: F401

CLIENT = "tests/kafka_clients/client.py"


def produce_bytes(server, value):
    body = json.dumps({"records": [{"value": base64.b64encode(value).decode()}]})
    status, _, answer = Rest(server.http).request("POST", "/topics/a.number", body, {"Content-Type": BINARY_V2})
    assert status == 200, answer


def transaction(server, kafka_python, end, numbers):
    lines = "".join(json.dumps({"key": str(n), "value": json.dumps({"n": n})}) + "\n" for n in numbers)
    done = subprocess.run([kafka_python, CLIENT, server.ready["kafka"], end, "a.number"], input=lines,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def all_rows(server, before):
    """Of both tables, up to an offset."""
    return [server.sql(f'SELECT * {hide} FROM {table}."a_number" WHERE _offset < {before} ORDER BY _offset')
            for table, hide in (("clean_rows", ""), ("quarantine", "EXCLUDE (rule_version)"))]


def by_both_rules(server, rules, before):
    """The rows that the whole log makes by the rules that come next; the table has others then."""
    reload(server, rules, 80, "n, n * 2 AS twice")
    rebuild(server)
    expected = all_rows(server, before)
    reload(server, rules, 50, "n, -n AS twice")
    rebuild(server)
    return expected


def purge(server):
    server.run("topics", "purge", "a.number", "--yes")


def test_from_objects_of_a_connector(make_server, rules):
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 45)
    sink = Sink(server, "a", r"a\.number", flush__size="10", errors__tolerance="all")
    produce_bytes(server, b'{"n": ')  # no connector can write this
    produce(server, 45, 90)
    server.drain()
    sink.wait_objects(9)
    expected = by_both_rules(server, rules, 91)
    purge(server)
    produce(server, 0, 50)
    server.drain()
    reload(server, rules, 80, "n, n * 2 AS twice")
    refused = rebuild(server, check=False)
    assert refused.returncode == 1 and "starts at offset 91" in refused.stderr
    source = server.data / "objects" / sink.bucket
    assert f"--source {source}" in refused.stderr
    tried = rebuild(server, "--dry-run", "--source", source)
    assert (tried["records"], tried["rows"], tried["old_rows"]) == (141, 131, 101)
    done = rebuild(server, "--source", source)
    assert (done["state"], done["records"], done["rows"], done["quarantined"]) == ("done", 141, 131, 10)
    assert all_rows(server, 91) == expected
    expect_each_once(server, 141)


def test_from_objects_with_the_gaps_of_transactions(make_server, rules, kafka_python):
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 3)
    sink = Sink(server, "t", r"a\.number", flush__size="5")
    transaction(server, kafka_python, "commit", range(3, 10))
    transaction(server, kafka_python, "abort", range(500, 504))
    transaction(server, kafka_python, "commit", range(10, 17))
    produce(server, 17, 20)
    server.drain()
    sink.wait_objects(4)
    end = server.value('SELECT max(_offset) FROM clean_rows."a_number"') + 1
    assert end > 20
    expected = by_both_rules(server, rules, end)
    purge(server)
    produce(server, 20, 30)
    server.drain()
    reload(server, rules, 80, "n, n * 2 AS twice")
    done = rebuild(server, "--source", server.data / "objects" / sink.bucket)
    assert (done["state"], done["records"]) == ("done", 30)
    keyless = [[{**row, "key": None} if "key" in row else row for row in rows] for rows in expected]
    assert all_rows(server, end) == keyless
    assert server.value('SELECT string_agg(n::VARCHAR, \',\' ORDER BY _offset) FROM clean_rows."a_number"') == ",".join(map(str, range(30)))


def test_what_interleaves_is_refused_by_name(make_server, rules):
    server = make_server("--pipelines", str(rules))
    sink = Sink(server, "f", r"a\.number", flush__size="10", partition__field__name="n",
                partitioner__class="io.confluent.connect.storage.partitioner.FieldPartitioner")
    Rest(server.http).produce("a.number", [{"n": n % 2} for n in range(20)])
    server.drain()
    sink.wait_objects(4)
    purge(server)
    before = all_rows(server, 20)
    refused = rebuild(server, "--source", server.data / "objects" / sink.bucket, check=False)
    assert refused.returncode == 1 and "a.number+0+0000000000.json" in refused.stderr, refused.stderr
    assert "the next object begins at 1" in refused.stderr
    assert all_rows(server, 20) == before


def test_killed_while_it_reads_objects(make_server, rules):
    server = make_server("--pipelines", str(rules))
    sink = Sink(server, "k", r"a\.number", flush__size="1000")
    for start in range(0, 100_000, 20_000):
        produce(server, start, start + 20_000)
    server.drain()
    sink.wait_objects(100)
    purge(server)
    total = 100_000
    source = server.data / "objects" / sink.bucket
    for round in range(4):
        most, sign = (60_000, 2) if round % 2 == 0 else (40_000, 3)
        reload(server, rules, most, f"n, n * {sign} AS times")
        asked = threading.Thread(target=lambda: rebuild(server, "--source", source, check=False))
        asked.start()
        produce(server, 0, 50)
        total += 50
        time.sleep(0.1 + 0.1 * round)
        server.kill()
        asked.join()
        server.start()
        done = rebuild(server, "--source", source)  # goes on, or is done once more
        assert done["state"] == "done", done
        server.drain()
        expect_each_once(server, total)
        assert server.value(f'SELECT count(*) FROM clean."a_number" WHERE times IS DISTINCT FROM n * {sign}') == 0
        assert server.value('SELECT count(*) FROM clean."a_number" WHERE n >= 50') == most - 49
        assert not (server.data / "lake/.rebuild/a_number.ndjson").exists()


@pytest.mark.slow
def test_from_objects_in_s3(binary, make_server, rules, tmp_path):
    with s3_server(tmp_path / "s3") as s3:
        s3.client.create_bucket(Bucket="old")
        for first in range(0, 60, 20):
            lines = "".join(json.dumps({"n": n}) + "\n" for n in range(first, first + 20))
            s3.client.put_object(Bucket="old", Key=f"topics/a.number/partition=0/a.number+0+{first:010}.json", Body=lines)
        server = make_server("--pipelines", str(rules), environment=s3.environment)
        produce(server, 0, 60)
        server.drain()
        expected = by_both_rules(server, rules, 60)
        purge(server)
        reload(server, rules, 80, "n, n * 2 AS twice")
        done = rebuild(server, "--source", s3.url("old", "topics"))
        assert (done["state"], done["records"]) == ("done", 60)
        assert all_rows(server, 60) == expected
        refused = rebuild(server, "--source", s3.url("nosuch"), check=False)
        assert refused.returncode == 1 and "nosuch" in refused.stderr


def raw_table(server, count):
    """The topic's records as Spark's Kafka source gives them."""
    import pyarrow
    rows = server.sql('SELECT _offset, epoch_ms(_time) AS at FROM (SELECT _offset, _time FROM clean_rows."a_number" '
                      'UNION ALL SELECT _offset, _time FROM quarantine."a_number") ORDER BY _offset')
    assert len(rows) == count
    return pyarrow.table({
        "key": pyarrow.array([None] * count, pyarrow.binary()),
        "value": pyarrow.array([json.dumps({"n": row["_offset"]}).encode() for row in rows]),
        "topic": ["a.number"] * count,
        "partition": pyarrow.array([0] * count, pyarrow.int32()),
        "offset": [row["_offset"] for row in rows],
        "timestamp": pyarrow.array([row["at"] * 1000 for row in rows], pyarrow.timestamp("us", "UTC")),
        "timestampType": pyarrow.array([0] * count, pyarrow.int32())})


@pytest.mark.slow
def test_from_a_raw_table_of_delta_rs(binary, make_server, rules, tmp_path):
    from deltalake import write_deltalake
    with s3_server(tmp_path / "s3") as s3:
        s3.client.create_bucket(Bucket="raw")
        server = make_server("--pipelines", str(rules), environment=s3.environment)
        produce(server, 0, 100)
        server.drain()
        expected = by_both_rules(server, rules, 100)
        table = raw_table(server, 100)
        storage = {**KEYS, "AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}
        for place, options in ((str(tmp_path / "raw"), None), ("s3://raw/t", storage)):
            for start in range(0, 100, 25):
                write_deltalake(place, table.slice(start, 25), mode="append", storage_options=options,
                                partition_by=["topic"])
        purge(server)
        for source in (tmp_path / "raw", s3.url("raw", "t")):
            reload(server, rules, 80, "n, n * 2 AS twice")
            done = rebuild(server, "--source", source)
            assert (done["state"], done["records"]) == ("done", 100)
            assert [strip(rows) for rows in all_rows(server, 100)] == [strip(rows) for rows in expected]
            reload(server, rules, 50, "n, -n AS twice")
            rebuild(server, "--source", source)
        refused = rebuild(server, "--source", server.data / "lake/clean/a_number", check=False)
        assert refused.returncode == 1 and "is no raw table" in refused.stderr


def strip(rows):
    """json.dumps() writes a blank that the door took away."""
    return [{name: value for name, value in row.items() if name != "value"} for row in rows]
