"""Only with --all: tables that Spark and delta-rs made, with every feature of Delta that changes how they are read. What
`pinflow sql` shows must be what they show themselves, row for row."""
import base64
import datetime
import decimal
import json
import os
import re
import time

import pytest

from harness import command
from harness.others import spark_session

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark():
    os.environ["TZ"] = "UTC"
    time.tzset()
    session = spark_session(**{"spark.databricks.delta.retentionDurationCheck.enabled": "false"})
    yield session
    session.stop()


@pytest.fixture
def lake(tmp_path, binary):
    """A folder for tables, beside an empty data folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "lake").mkdir()
    return tmp_path / "lake"


def ask(lake, sql, check=True):
    return command("sql", "--data", lake.parent / "data", "--folder", lake, "--format", "ndjson", sql, check=check)


def ours(lake, name, version=""):
    lines = ask(lake, f"SELECT * FROM delta_table('{lake / name}') {version}").stdout.split("\n")  # a value may hold U+2028
    return [json.loads(line, parse_float=decimal.Decimal) for line in lines if line]


def plain(value):
    """A value of Spark's or pyarrow's as `pinflow sql` writes it in JSON."""
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return str(value).replace("nan", "NaN").replace("inf", "Infinity") if value - value != 0 else decimal.Decimal(repr(value))
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "asDict"):
        value = value.asDict()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def by_text(rows):
    return sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def same(spark, lake, name="t", version=None):
    """All rows, asked of both; how many there are."""
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    theirs = [plain(row) for row in reader.load(str(lake / name)).collect()]
    mine = ours(lake, name, "" if version is None else f"VERSION AS OF {version}")
    assert by_text(mine) == by_text(theirs)
    if theirs:
        assert list(mine[0]) == list(theirs[0]), "the columns' order"
    count = json.loads(ask(lake, f"SELECT count(*) AS n FROM delta_table('{lake / name}')"
                                 + ("" if version is None else f"@v{version}")).stdout)["n"]
    assert count == len(theirs)
    return count


def forget_commits(folder):
    """Takes away the commits before the newest checkpoint, so that it must be read."""
    log = folder / "_delta_log"
    newest = max(int(path.name[:20]) for path in log.glob("0*.checkpoint*"))
    for path in [*log.glob("*.json"), *log.glob("*.crc")]:
        if path.name[:20].isdigit() and len(path.stem) == 20 and int(path.stem) < newest:
            path.unlink()
    return newest


def deletable(spark, lake, name="t", rows=3000, partitioned=""):
    table = f"delta.`{lake / name}`"
    spark.sql(f"CREATE TABLE {table} (id LONG, part STRING, text STRING) USING delta {partitioned} "
              "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '5')")
    for first in (0, rows):
        spark.sql(f"INSERT INTO {table} SELECT /*+ REPARTITION(2) */ id, CAST(id % 3 AS STRING), concat('row ', id) "
                  f"FROM range({first}, {first + rows})")
    return table


@pytest.mark.parametrize("partitioned", ["", "PARTITIONED BY (part)"])
def test_deletion_vectors(spark, lake, partitioned):
    table = deletable(spark, lake, partitioned=partitioned)
    assert same(spark, lake) == 6000
    for where, left in (("id % 7 = 0", 5142), ("id BETWEEN 100 AND 2000", 3512), ("id = 5998", 3511)):
        spark.sql(f"DELETE FROM {table} WHERE {where}")
        assert same(spark, lake) == left, where
    assert list((lake / "t").glob("deletion_vector_*.bin"))
    spark.sql(f"UPDATE {table} SET text = 'changed' WHERE id = 1")
    assert same(spark, lake) == 3511
    assert same(spark, lake, version=3) == 5142 and same(spark, lake, version=2) == 6000
    assert forget_commits(lake / "t") == 5
    assert same(spark, lake) == 3511
    found = json.loads(ask(lake, f"SELECT count(*) AS n, min(id) AS least, max(id) AS most FROM delta_table('{lake}/t') "
                                 "WHERE id > 1500 AND part = '1'").stdout)
    theirs = spark.sql(f"SELECT count(*) n, min(id) least, max(id) most FROM {table} WHERE id > 1500 AND part = '1'").collect()
    assert found == theirs[0].asDict()


def test_deletion_vectors_that_are_broken_are_named(spark, lake):
    table = deletable(spark, lake)
    spark.sql(f"DELETE FROM {table} WHERE id % 7 = 0")
    vector = next((lake / "t").glob("deletion_vector_*.bin"))
    contents = bytearray(vector.read_bytes())
    contents[30] ^= 1
    vector.write_bytes(contents)
    failed = ask(lake, f"SELECT * FROM delta_table('{lake}/t')", check=False)
    assert failed.returncode == 1 and vector.name in failed.stderr and "checksum is wrong" in failed.stderr


def test_a_shallow_clone_names_files_elsewhere(spark, lake):
    table = deletable(spark, lake, "origin")
    spark.sql(f"DELETE FROM {table} WHERE id % 7 = 0")
    spark.sql(f"CREATE TABLE delta.`{lake / 'clone'}` SHALLOW CLONE {table}")
    assert same(spark, lake, "clone") == 5142
    actions = "".join(path.read_text() for path in (lake / "clone/_delta_log").glob("*.json"))
    assert '"storageType":"p"' in actions
    (lake.parent / "other").mkdir()
    deletable(spark, lake.parent / "other", "origin")
    spark.sql(f"CREATE TABLE delta.`{lake / 'far'}` SHALLOW CLONE delta.`{lake.parent / 'other/origin'}`")
    failed = ask(lake, f"SELECT * FROM delta_table('{lake}/far')", check=False)
    assert failed.returncode == 1 and "sql.folders" in failed.stderr and "outside its folder" in failed.stderr


@pytest.mark.parametrize("mode", ["name", "id"])
def test_column_mapping(spark, lake, mode):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (id LONG, `a b` STRING, gone INT, p STRING, s STRUCT<x: INT, `y,z`: STRING>, "
              "l ARRAY<STRUCT<k: INT>>, m MAP<STRING, STRUCT<k: INT>>, deep STRUCT<l: ARRAY<STRUCT<m: MAP<STRING, INT>>>>) "
              f"USING delta PARTITIONED BY (p) TBLPROPERTIES ('delta.columnMapping.mode' = '{mode}', "
              "'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')")
    row = ("SELECT {0} AS id, 'text {0}', {0}, 'p=%ä/{0}', named_struct('x', {0}, 'y,z', 'y{0}'), array(named_struct('k', {0})), "
           "map('key', named_struct('k', {0})), named_struct('l', array(named_struct('m', map('a', {0})))) ")
    spark.sql(f"INSERT INTO {table} " + row.format(1))
    spark.sql(f"INSERT INTO {table} SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL")
    spark.sql(f"INSERT INTO {table} SELECT 3, 'x', 3, '', named_struct('x', NULL, 'y,z', NULL), array(NULL), map('n', NULL), "
              "named_struct('l', NULL)")
    assert same(spark, lake) == 3
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN `a b` TO `filename`")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN s.x TO `new x`")
    spark.sql(f"ALTER TABLE {table} DROP COLUMN gone")
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (`a b` LONG, s.more DOUBLE)")
    spark.sql(f"INSERT INTO {table} (id, filename, p, s) SELECT 4, 'f', 'q', named_struct('new x', 4, 'y,z', 'z', 'more', 1.5D)")
    assert same(spark, lake) == 4
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    spark.sql(f"INSERT INTO {table} (id, filename, p) SELECT id, 'many', 'q' FROM range(10, 500)")
    spark.sql(f"DELETE FROM {table} WHERE id % 5 = 1")
    assert same(spark, lake) == 395


@pytest.mark.parametrize("kind", ["v2 json", "v2 parquet", "classic"])
def test_checkpoints(spark, lake, kind):
    policy, _, top = kind.partition(" ")
    spark.conf.set("spark.databricks.delta.checkpoint.partSize", "3")
    spark.conf.set("spark.databricks.delta.checkpointV2.topLevelFileFormat", top or "json")
    table = f"delta.`{lake / 't'}`"
    try:
        spark.sql(f"CREATE TABLE {table} (id LONG, text STRING) USING delta TBLPROPERTIES ('delta.checkpointInterval' = '4', "
                  f"'delta.checkpointPolicy' = '{policy}', 'delta.enableDeletionVectors' = 'true')")
        for i in range(9):
            spark.sql(f"INSERT INTO {table} SELECT /*+ REPARTITION(2) */ id, 'text' FROM range({i * 100}, {i * 100 + 100})")
            if i == 5:
                spark.sql(f"DELETE FROM {table} WHERE id % 10 = 3")
    finally:
        spark.conf.unset("spark.databricks.delta.checkpoint.partSize")
    log = lake / "t/_delta_log"
    if policy == "v2":
        assert list(log.glob(f"*.checkpoint.*-*.{top}")) and len(list((log / "_sidecars").glob("*.parquet"))) > 2
    else:
        assert len(list(log.glob("*.checkpoint.*.*.parquet"))) > 2
    assert forget_commits(lake / "t") == 8
    assert same(spark, lake) == 840
    assert same(spark, lake, version=9) == same(spark, lake, version=8) + 100


PARTITIONS = {
    "string": ["'plain'", "'a=b/c d%20:\"''ä\u2028'", "'[x]*?{y}'", "'__HIVE'"], "int": ["-7", "0"], "long": ["9007199254740993"],
    "short": ["-3"], "byte": ["127"], "float": ["1.5", "CAST('NaN' AS FLOAT)", "CAST('-Infinity' AS FLOAT)"],
    "double": ["0.1", "1e300"], "decimal(20,3)": ["12345678901234567.125"], "boolean": ["true", "false"],
    "date": ["DATE'1969-12-31'", "DATE'2026-11-22'"], "binary": ["X'41C3A4'"],
    "timestamp": ["TIMESTAMP'2026-11-22 10:30:00.123456'", "TIMESTAMP'1969-12-31 23:59:59'"],
    "timestamp_ntz": ["TIMESTAMP_NTZ'2026-11-22 10:30:00.5'"],
}


@pytest.mark.parametrize("utc", ["true", "false"])
def test_partition_values_of_every_type(spark, lake, utc):
    spark.conf.set("spark.databricks.delta.write.utcTimestampPartitionValues", utc)  # which of the two forms is written
    for kind, values in PARTITIONS.items():
        name = kind.split("(")[0]
        table = f"delta.`{lake / name}`"
        spark.sql(f"CREATE TABLE {table} (id LONG, p {kind}) USING delta PARTITIONED BY (p)")
        rows = ", ".join(f"({i}L, {value})" for i, value in enumerate([*values, "NULL"]))
        spark.sql(f"INSERT INTO {table} VALUES {rows}")
        assert same(spark, lake, name) == len(values) + 1, kind


def test_columns_of_every_type(spark, lake):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (i INT, l LONG, s SHORT, b BYTE, f FLOAT, d DOUBLE, n DECIMAL(38,10), o BOOLEAN, x BINARY, "
              "t DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ, a ARRAY<INT>, m MAP<STRING, DECIMAL(10,2)>, st STRUCT<a: DATE>) USING delta")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    for _ in range(2):
        spark.sql(f"INSERT INTO {table} VALUES (1, 2L, 3S, 4Y, 1.5F, 2.25D, 12345678901234567890.0123456789, true, X'00FF', "
                  "DATE'1900-01-01', TIMESTAMP'2026-11-22 10:30:00.123456', TIMESTAMP_NTZ'1900-01-01 00:00:01', array(1, NULL), "
                  "map('k', 1.25BD), named_struct('a', DATE'2000-02-29')), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                  "NULL, NULL, NULL, NULL, NULL, NULL)")
        spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    assert same(spark, lake) == 4


def test_tables_whose_schema_grew(spark, lake):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (id LONG, s STRUCT<a: INT>, l ARRAY<STRUCT<a: INT>>) USING delta")
    spark.sql(f"INSERT INTO {table} SELECT 1, named_struct('a', 1), array(named_struct('a', 1))")
    spark.sql(f"INSERT INTO {table} SELECT 2, NULL, NULL")
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (s.b STRING, l.element.b STRING, c DOUBLE FIRST)")
    spark.sql(f"INSERT INTO {table} SELECT 1.5, 3, named_struct('a', 3, 'b', 'x'), array(named_struct('a', 3, 'b', 'x'))")
    assert same(spark, lake) == 3


def test_widened_types(spark, lake):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (b BYTE, i INT, f FLOAT, n DECIMAL(5,2), s STRUCT<a: SHORT>) USING delta "
              "TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    spark.sql(f"INSERT INTO {table} VALUES (1Y, 2, 1.5F, 123.45, named_struct('a', 7S))")
    for column, kind in (("b", "INT"), ("s.a", "INT")):  # what Spark 3.5 can; from 4.0 on it can more
        spark.sql(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}")
    spark.sql(f"INSERT INTO {table} VALUES (70000, 5, 2.5F, 1.25, named_struct('a', 70000))")
    assert same(spark, lake) == 2
    found = json.loads(ask(lake, f"SELECT count(*) AS n FROM delta_table('{lake}/t') WHERE i > 1 AND b < 100 AND n = 123.45").stdout)
    assert found == {"n": 1}


@pytest.mark.parametrize("in_commit", ["true", "false"])
def test_the_same_time_is_the_same_version(spark, lake, in_commit):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (id LONG) USING delta TBLPROPERTIES ('delta.enableInCommitTimestamps' = '{in_commit}')")
    for i in range(4):
        spark.sql(f"INSERT INTO {table} SELECT id FROM range(0, {10 ** i})")
    times = [row.timestamp for row in spark.sql(f"DESCRIBE HISTORY {table}").collect()]
    assert len(times) == 5
    for moment in times:
        text = moment.isoformat(sep=" ", timespec="milliseconds")
        theirs = spark.read.format("delta").option("timestampAsOf", text).load(str(lake / "t")).count()
        found = json.loads(ask(lake, f"SELECT count(*) AS n FROM delta_table('{lake}/t') TIMESTAMP AS OF '{text}'").stdout)
        assert found["n"] == theirs, text
    late = (times[0] + datetime.timedelta(seconds=1)).isoformat(sep=" ")
    assert "is after the newest version" in ask(lake, f"FROM delta_table('{lake}/t') TIMESTAMP AS OF '{late}'", check=False).stderr


def test_vacuumed_versions_are_named(spark, lake):
    table = f"delta.`{lake / 't'}`"
    spark.sql(f"CREATE TABLE {table} (id LONG) USING delta")
    for i in range(3):
        spark.sql(f"INSERT INTO {table} SELECT id FROM range({i * 10}, {i * 10 + 10})")
    spark.sql(f"OPTIMIZE {table}")
    spark.sql(f"VACUUM {table} RETAIN 0 HOURS")
    failed = ask(lake, f"SELECT * FROM delta_table('{lake}/t') VERSION AS OF 2", check=False)
    gone = r"version 2 is gone: [2-9] of its files were removed; the oldest version that can be read is 4"
    assert re.search(gone, failed.stderr), failed.stderr  # an INSERT makes a file a core


def test_tables_of_delta_rs(lake):
    import pyarrow
    from deltalake import DeltaTable, write_deltalake
    kinds = {"day": (pyarrow.date32(), [datetime.date(2026, 11, 22), None]), "hour": (pyarrow.string(), ["a b/c%:", None]),
             "at": (pyarrow.timestamp("us", "UTC"), [datetime.datetime(2026, 11, 22, 10, 30, 0, 123456, datetime.UTC), None]),
             "id": (pyarrow.int64(), [1, None]), "point": (pyarrow.list_(pyarrow.float64()), [[1.5], None])}
    rows = pyarrow.table({name: pyarrow.array(values, kind) for name, (kind, values) in kinds.items()})
    write_deltalake(str(lake / "t"), rows, partition_by=["day", "hour", "at"])
    write_deltalake(str(lake / "t"), rows.append_column("more", [["x", None]]), mode="append", schema_mode="merge")
    DeltaTable(str(lake / "t")).create_checkpoint()
    theirs = [plain(row) for row in DeltaTable(str(lake / "t")).to_pyarrow_table().to_pylist()]
    assert len(theirs) == 4 and by_text(ours(lake, "t")) == by_text(theirs)
