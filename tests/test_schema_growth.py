"""Fields that nobody declared, and partitions: through kills, and as delta-rs and Spark read them (--all)."""
import datetime
import json
import threading
import time

import pytest

from harness import Rest

PIPELINE = """name = "p"
[table.n]
clean = "n.sql"
sources = [{ topic = "n", table = "n" }]
schema = "add"
input = { a = "bigint", sold = "timestamp" }
settings = { schema_window_ms = 100, latency_ms = 20 }
"""


@pytest.fixture
def pipeline(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "pipeline.toml").write_text(PIPELINE)
    (folder / "n.sql").write_text("SELECT a, sold, sold::DATE AS date FROM input")
    return folder


def partitioned(folder):
    (folder / "pipeline.toml").write_text(PIPELINE.replace('schema = "add"', 'schema = "add"\npartition_by = ["date"]'))


def test_kills_while_the_table_grows(binary, make_server, pipeline):
    server = make_server("--pipelines", pipeline)
    acked = {}  # a: field
    stop = threading.Event()

    def produce():
        a = 0
        while not stop.is_set():
            batch = {a + i: f"f{(a + i) // 40}" for i in range(10)}
            try:
                Rest(server.http).produce("n", [{"a": key, field: key} for key, field in batch.items()])
                acked.update(batch)
            except Exception:  # the server was killed: these records may be there or not
                time.sleep(0.05)
            a += 10

    producer = threading.Thread(target=produce)
    producer.start()
    for pause in (0.4, 0.7, 0.3, 0.9):
        time.sleep(pause)
        server.kill()
        server.start()
    stop.set()
    producer.join()
    server.drain()
    rows = {row["a"]: row for row in server.sql('SELECT * FROM clean."n"')}
    assert len(rows) == server.value('SELECT count(DISTINCT (_partition, _offset)) FROM clean_rows."n"')
    assert len(acked) > 100 and len({field for field in acked.values() if field in next(iter(rows.values()))}) > 0
    for key, field in acked.items():
        kept = json.loads(rows[key]["_rescued"] or "{}")
        assert rows[key].get(field, None) == key or kept.get(field) == key, (key, field, rows[key])


def grown(server):
    """Rows of two days, and fields that come later."""
    rest = Rest(server.http)
    rest.produce("n", [{"a": 1, "sold": "2026-11-20T10:00:00.000123Z"}, {"a": 2, "sold": "2026-11-21T10:00:00Z"}])
    server.drain()
    rest.produce("n", [{"a": 3, "sold": "2026-11-21T11:00:00Z", "city": "Lima", "n-b": 5, "at": "2026-11-20T10:00:00Z"},
                       {"a": 4, "sold": "never", "city": {"name": "Ica"}, "n-b": 1.5, "big": "x" * 100}])
    server.drain()
    rest.produce("n", [{"a": 5, "n-b": "five", "big": "\U0010ffff" * 40}])
    server.drain()
    return server.data / "lake/clean/n"


def expect_rows(rows):
    assert [row["a"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["n_b"] for row in rows] == [None, None, 5.0, 1.5, None]
    assert [row["city"] for row in rows] == [None, None, '"Lima"', '{"name":"Ica"}', None], "text that holds JSON"
    assert [row["_rescued"] for row in rows] == [None, None, None, '{"sold":"never"}', '{"n-b":"five"}']
    assert [str(row["date"]) for row in rows] == ["2026-11-20", "2026-11-21", "2026-11-21", "None", "None"]
    assert [row["big"] for row in rows][3:] == ["x" * 100, "\U0010ffff" * 40]


@pytest.mark.slow
@pytest.mark.parametrize("by_date", [False, True])
def test_delta_rs_reads_a_grown_table(binary, make_server, pipeline, by_date):
    from deltalake import DeltaTable
    if by_date:
        partitioned(pipeline)
    folder = grown(make_server("--pipelines", pipeline))
    table = DeltaTable(str(folder))
    expect_rows(table.to_pyarrow_table().sort_by("a").to_pylist())
    assert table.metadata().partition_columns == (["date"] if by_date else [])
    assert table.protocol().min_reader_version == 1 and table.protocol().min_writer_version == 2
    dates = table.to_pyarrow_table(filters=[("date", "=", datetime.date(2026, 11, 21))]) if by_date else None
    assert dates is None or sorted(dates["a"].to_pylist()) == [2, 3]
    later = table.to_pyarrow_table(filters=[("big", ">", "y")])
    assert later["a"].to_pylist() == [5], "a bound that was cut is still a bound"


@pytest.mark.slow
def test_spark_reads_a_grown_table_and_its_partitions(binary, make_server, pipeline):
    from harness.others import spark_session
    partitioned(pipeline)
    folder = grown(make_server("--pipelines", pipeline))
    spark = spark_session()
    try:
        frame = spark.read.format("delta").load(str(folder))
        expect_rows([row.asDict() for row in frame.orderBy("a").collect()])
        assert [row.a for row in frame.where("date = '2026-11-21'").orderBy("a").collect()] == [2, 3]
    finally:
        spark.stop()


@pytest.mark.slow
def test_delta_rs_reads_partitions_of_every_type(binary, make_server, tmp_path):
    from deltalake import DeltaTable
    folder = tmp_path / "q"
    folder.mkdir()
    (folder / "pipeline.toml").write_text("""name = "q"
[table.n]
clean = "n.sql"
sources = [{ topic = "n", table = "n" }]
partition_by = ["t", "s", "d", "ok"]
input = { a = "bigint", t = "timestamp", s = "text", d = "double" }
""")
    (folder / "n.sql").write_text("SELECT a, t, s, d, d > 0 AS ok FROM input")
    server = make_server("--pipelines", folder)
    Rest(server.http).produce("n", [{"a": 1, "t": "2026-11-20 10:20:30.000123", "s": "a/b=c%:é ?", "d": 1.5},
                                    {"a": 2, "s": "y" * 900, "d": -1e300}, {"a": 3}])
    server.drain()
    rows = DeltaTable(str(server.data / "lake/clean/n")).to_pyarrow_table().sort_by("a").to_pylist()
    assert [str(row["t"]) for row in rows] == ["2026-11-20 10:20:30.000123+00:00", "None", "None"]
    assert [row["s"] for row in rows] == ["a/b=c%:é ?", "y" * 900, None]
    assert [row["d"] for row in rows] == [1.5, -1e300, None] and [row["ok"] for row in rows] == [True, False, None]
