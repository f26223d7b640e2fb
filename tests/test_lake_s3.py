"""Tables in a bucket: a real S3 server (versitygw), delta-rs beside Pinflow, kills, and two Pinflows; with --all."""
import json
import os
import random
import threading
import time

import pytest

from harness import Pinflow, Rest, command
from harness.s3 import KEYS, FaultyProxy, s3_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def s3(binary, tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.client.create_bucket(Bucket="lake")
        yield server


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def settings(path, s3, prefix, *lines):
    path.write_text(f'[tables]\nlake = "{s3.url("lake", prefix)}"\n' + "\n".join(lines) + "\n")
    return path


def storage_options(s3):
    return {**KEYS, "AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}


def their_table(s3, prefix, name):
    from deltalake import DeltaTable
    return DeltaTable(f"s3://lake/{prefix}/{name}", storage_options=storage_options(s3))


def each_once(server, table, count):
    """Every offset is in the table or its quarantine, once."""
    found = server.sql(f'SELECT count(*) AS n, count(DISTINCT _offset) AS m, max(_offset) AS last FROM (SELECT _offset '
                       f'FROM clean_rows."{table}" UNION ALL SELECT _offset FROM quarantine."{table}")')[0]
    assert found == {"n": count, "m": count, "last": count - 1}


def test_delta_rs_reads_what_pinflow_writes(s3, make_server, tmp_path):
    server = make_server("--config", settings(tmp_path / "c.toml", s3, "reads"))
    Rest(server.http).produce("x.user", [{"ind": ind, "age": 30} for ind in range(50)] + [{"ind": "none"}])
    server.drain()
    each_once(server, "x_user", 51)
    table = their_table(s3, "reads", "clean/x_user")
    assert sorted(table.to_pyarrow_table()["ind"].to_pylist()) == list(range(50))
    assert their_table(s3, "reads", "quarantine/x_user").to_pyarrow_table().num_rows == 1
    paths = {row["schema"]: row["path"] for row in server_tables(server)}
    assert paths["clean"] == "s3://lake/reads/clean/x_user"
    server.stop()
    offline = command("sql", "--data", server.data, "--format", "csv", 'SELECT count(*) FROM clean."x_user"').stdout
    assert offline.splitlines()[1] == "50"
    other = command("up", "--data", server.data, check=False)
    assert other.returncode != 0 and "tables.lake is not set" in other.stderr


def server_tables(server):
    return [json.loads(line) for line in server.run("tables", "--format", "ndjson").stdout.splitlines()]


def their_rows(table, first):
    import pyarrow
    columns = {field.name: pyarrow.nulls(2, field.type) for field in pyarrow.schema(table.schema().to_arrow())}
    return pyarrow.table({**columns, "ind": pyarrow.array([first, first + 1], pyarrow.int64())})


def test_delta_rs_appends_beside_pinflow(s3, make_server, tmp_path):
    from deltalake import write_deltalake
    server = make_server("--config", settings(tmp_path / "c.toml", s3, "beside"))
    rest = Rest(server.http)
    rest.produce("x.user", [{"ind": 0}])
    server.drain()
    stop, failures, count = threading.Event(), [], 150

    def produce():
        try:
            for ind in range(1, count):
                rest.produce("x.user", [{"ind": ind}])
                time.sleep(0.02)
        except Exception as failure:
            failures.append(failure)
        stop.set()

    producer = threading.Thread(target=produce)
    producer.start()
    written = 0
    while not stop.is_set() or written < 10:
        table = their_table(s3, "beside", "clean/x_user")
        write_deltalake(table, their_rows(table, 10_000 + 2 * written), mode="append")
        written += 1
    producer.join()
    assert failures == []
    server.drain()
    expected = [*range(count), *range(10_000, 10_000 + 2 * written)]
    assert [row["ind"] for row in server.sql('SELECT ind FROM clean."x_user" ORDER BY ind')] == expected
    table = their_table(s3, "beside", "clean/x_user")
    assert sorted(table.to_pyarrow_table()["ind"].to_pylist()) == expected


def test_kills_lose_and_double_nothing(s3, tmp_path):
    config = settings(tmp_path / "c.toml", s3, "kills", "cache_bytes = 20000")
    random.seed(41)
    posted = 0
    for _ in range(12):
        server = Pinflow(tmp_path / "data", "--config", config).start()
        rest = Rest(server.http)
        ends = time.monotonic() + random.uniform(0.2, 1.2)
        while time.monotonic() < ends:
            offset = rest.produce("x.user", [{"ind": posted}])
            posted = offset[-1] + 1 if offset else posted + 1
        server.kill()
    with Pinflow(tmp_path / "data", "--config", config) as server:
        server.drain()
        each_once(server, "x_user", server.value('SELECT count(*) FROM raw."x.user"'))
        assert server.value('SELECT count(*) FROM clean."x_user"') >= posted


def test_lost_answers_and_throttling_lose_and_double_nothing(s3, tmp_path):
    with FaultyProxy(s3.endpoint, seed=7, share=0.25) as proxy:
        config = tmp_path / "c.toml"
        config.write_text(f'[tables]\nlake = "s3://lake/faults?endpoint={proxy.endpoint}&attempts=3"\n')
        for ind in range(0, 120, 20):
            with Pinflow(tmp_path / "data", "--config", config) as server:
                rest = Rest(server.http)
                for more in range(20):
                    rest.produce("x.user", [{"ind": ind + more}, {"ind": "none"}])
                    time.sleep(0.05)
                server.drain("60s")
                if ind % 40 == 0:
                    server.kill()
    assert min(proxy.faults[fault] for fault in ("throttle", "cut before", "cut after", "500 after")) >= 5, proxy.faults
    with Pinflow(tmp_path / "data", "--config", settings(tmp_path / "c.toml", s3, "faults")) as server:
        each_once(server, "x_user", 240)
        assert server.value('SELECT count(*) FROM clean."x_user"') == 120


def test_a_store_that_is_away_holds_records_back(s3, make_server, tmp_path, tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("away")) as own:
        own.client.create_bucket(Bucket="lake")
        config = tmp_path / "c.toml"
        config.write_text(f'[tables]\nlake = "{own.url("lake", "away", attempts=2)}"\n')
        server = make_server("--config", config)
        rest = Rest(server.http)
        rest.produce("x.user", [{"ind": 0}])
        server.drain()
        with own.stopped():
            rest.produce("x.user", [{"ind": 1}])
            refused = server.run("drain", "--timeout", "8s", check=False)
            assert refused.returncode == 2 and "x_user is failing" in refused.stderr + refused.stdout
            assert "does not answer" in refused.stderr + refused.stdout
            asked = server.run("sql", 'SELECT * FROM clean."x_user"', check=False)
            assert asked.returncode != 0 and "does not answer" in asked.stderr
        server.drain()
        each_once(server, "x_user", 2)


@pytest.mark.parametrize("kind", ["s3", "file"])
def test_two_pinflows_write_beside_each_other(kind, s3, make_server, tmp_path):
    """Each with its own data folder and topics, by one pipeline: other tables of one lake, and one table together."""
    from deltalake import DeltaTable
    lake = s3.url("lake", "two") if kind == "s3" else f"file://{tmp_path}/lake"
    (tmp_path / "p").mkdir()
    (tmp_path / "p/pipeline.toml").write_text(
        'name = "p"\n[table.n]\nclean = "n.sql"\ninput = { a = "bigint" }\n'
        'sources = [{ topic = "n1", table = "both" }, { topic = "n2", table = "both" }, '
        '{ topic = "own1", table = "own1" }, { topic = "own2", table = "own2" }]\n'
        '[[table.n.expect]]\nrule = "r"\ncheck = "a % 5 <> 3"\n[settings]\ncompact_after_files = 8\n')
    (tmp_path / "p/n.sql").write_text("SELECT a FROM input")
    (tmp_path / "c.toml").write_text(f'[tables]\nlake = "{lake}"\n')
    servers = [make_server("--config", tmp_path / "c.toml", "--pipelines", tmp_path / "p", data=tmp_path / f"data{i}")
               for i in (1, 2)]
    count = 120

    def produce(number, server):
        rest = Rest(server.http)
        for a in range(count):
            rest.produce(f"n{number}", [{"a": number * 1000 + a}])
            if a % 10 == 0:
                rest.produce(f"own{number}", [{"a": a}])
            time.sleep(0.01)

    producers = [threading.Thread(target=produce, args=pair) for pair in enumerate(servers, 1)]
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    for server in servers:
        server.drain()
    good = [a for a in [*range(1000, 1000 + count), *range(2000, 2000 + count)] if a % 5 != 3]
    for server in servers:
        assert [row["a"] for row in server.sql('SELECT a FROM clean."both" ORDER BY a')] == good
        assert server.sql('SELECT _topic AS t, count(*) AS n, count(DISTINCT _offset) AS m FROM quarantine."both" '
                          'GROUP BY ALL ORDER BY t') == [{"t": f"n{i}", "n": count // 5, "m": count // 5} for i in (1, 2)]
        for number in (1, 2):
            assert server.value(f'SELECT count(*) FROM clean."own{number}"') == count // 10
    theirs = their_table(s3, "two", "clean/both") if kind == "s3" else DeltaTable(f"{tmp_path}/lake/clean/both")
    assert sorted(theirs.to_pyarrow_table()["a"].to_pylist()) == good


def test_sql_reads_tables_of_others(s3, make_server, tmp_path):
    import pyarrow
    from deltalake import write_deltalake
    for version in range(3):
        write_deltalake("s3://lake/theirs/t", pyarrow.table({"a": [version, version + 10], "day": ["x", "y"]}), mode="append",
                        storage_options=storage_options(s3), partition_by=["day"])
    config = tmp_path / "c.toml"
    config.write_text(f'[sql]\nstores = ["{s3.url("lake", "theirs")}"]\n')
    server = make_server("--config", config)
    assert server.value("SELECT sum(a) FROM delta_table('s3://lake/theirs/t')") == 36
    assert server.value("SELECT count(*) FROM delta_table('s3://lake/theirs/t') VERSION AS OF 1") == 4
    refused = server.run("sql", "SELECT * FROM delta_table('s3://lake/reads/clean/x_user')", check=False)
    assert refused.returncode != 0 and "sql.stores" in refused.stderr
    for url in ("s3://lake/theirs/../reads/clean/x_user", "s3://lake/theirs/t?endpoint=http://127.0.0.1:1"):
        assert server.run("sql", f"SELECT * FROM delta_table('{url}')", check=False).returncode != 0
    server.stop()
    offline = command("sql", "--data", server.data, "--folder", s3.url("lake", "theirs"), "--format", "csv",
                      "SELECT sum(a) FROM delta_table('s3://lake/theirs/t')").stdout
    assert offline.splitlines()[1] == "36"
