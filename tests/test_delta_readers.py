"""Only with --all: tables that other programs read and write, against ours: delta-rs (PyPI deltalake), Spark + delta-spark."""
import json
import subprocess
import threading

import pytest

from harness.others import built, spark_session

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "t"


def driver(command, folder, *arguments):
    """One command of tests/delta_readers/driver.cpp."""
    run = subprocess.run([built("delta_driver"), command, str(folder), *map(str, arguments)], capture_output=True, text=True)
    assert run.returncode == 0, f"{command}: {run.stderr}"
    return json.loads(run.stdout)


def rows_of(folder):
    from deltalake import DeltaTable
    return DeltaTable(str(folder)).to_pyarrow_table().sort_by("ind").to_pylist()


def test_delta_rs_reads_ours(folder):
    from deltalake import DeltaTable
    driver("create", folder)
    driver("append", folder, "pins/0", 9, 10)
    driver("append", folder, "pins/1", 19, 10)
    table = DeltaTable(str(folder))
    rows = rows_of(folder)
    assert [row["ind"] for row in rows] == list(range(20))
    assert rows[3]["title"] == "tïtle 3" and rows[3]["point"] == [1.5, 3.0], rows[3]
    assert rows[3]["at"].isoformat() == "2020-08-28T03:52:50+00:00", rows[3]["at"]
    assert table.transaction_version("pins/0") == 9 and table.transaction_version("pins/1") == 19
    history = table.history()
    assert [entry["operation"] for entry in history][-1] == "CREATE TABLE"
    assert table.protocol().min_reader_version == 1 and table.protocol().min_writer_version == 2


def test_delta_rs_reads_our_checkpoint_and_compaction(folder):
    from deltalake import DeltaTable
    driver("create", folder)
    driver("many", folder, "pins/0", 12)
    before = rows_of(folder)
    driver("compact", folder)
    version = driver("checkpoint", folder)["version"]
    log = folder / "_delta_log"
    for commit in log.glob("*.json"):
        commit.unlink()
    table = DeltaTable(str(folder))
    assert table.version() == version == 13
    assert rows_of(folder) == before
    assert len(table.file_uris()) == 1 and table.transaction_version("pins/0") == 11
    driver("append", folder, "pins/0", 12, 1)
    assert len(rows_of(folder)) == 13


def test_we_append_to_a_table_of_delta_rs(folder):
    import pyarrow
    from deltalake import DeltaTable, write_deltalake
    rows = pyarrow.table({"ind": pyarrow.array([100, 101], pyarrow.int64()), "title": ["a", None],
                          "at": pyarrow.array([1, 2], pyarrow.timestamp("us", "UTC")),
                          "point": pyarrow.array([[1.0], None], pyarrow.list_(pyarrow.float64()))})
    for _ in range(3):
        write_deltalake(str(folder), rows, mode="append")
    DeltaTable(str(folder)).create_checkpoint()
    for commit in (folder / "_delta_log").glob("*.json"):
        commit.unlink()
    shown = driver("append", folder, "pins/0", 4, 5)
    assert shown["rows"] == 11 and shown["columns"] == ["ind", "title", "at", "point"], shown
    write_deltalake(str(folder), rows, mode="append")
    assert len(rows_of(folder)) == 13
    assert driver("show", folder)["rows"] == 13


def test_both_append_at_once(folder):
    import pyarrow
    from deltalake import write_deltalake
    driver("create", folder)
    rows = pyarrow.table({"ind": pyarrow.array([1], pyarrow.int64())})
    failures = []

    def theirs():
        try:
            for _ in range(20):
                write_deltalake(str(folder), rows, mode="append", schema_mode="merge")
        except Exception as error:  # reported below, in the thread that asserts
            failures.append(error)
    other = threading.Thread(target=theirs)
    other.start()
    driver("many", folder, "pins/0", 40)
    other.join()
    assert not failures, failures
    assert len(rows_of(folder)) == 60
    assert driver("show", folder)["rows"] == 60


def test_spark_reads_and_appends(folder):
    spark = spark_session()
    driver("create", folder)
    driver("append", folder, "pins/0", 9, 10)
    read = lambda: spark.read.format("delta").load(str(folder))
    assert sorted(row.ind for row in read().collect()) == list(range(10))
    assert read().where("ind = 3").collect()[0].title == "tïtle 3"
    read().where("ind < 2").write.format("delta").mode("append").save(str(folder))
    assert driver("append", folder, "pins/0", 19, 10)["rows"] == 22
    spark.sql(f"OPTIMIZE delta.`{folder}`")
    driver("compact", folder)
    version = driver("checkpoint", folder)["version"]
    for commit in (folder / "_delta_log").glob("*.json"):
        if int(commit.stem) < version:  # as log cleanup does it: Spark wants the checkpoint's own commit
            commit.unlink()
    for crc in (folder / "_delta_log").glob("*.crc"):
        crc.unlink()
    assert read().count() == 22
    driver("append", folder, "pins/0", 20, 1)
    assert spark.read.format("delta").option("versionAsOf", 5).load(str(folder)).count() >= 22
    for i in range(10):
        read().limit(1).write.format("delta").mode("append").save(str(folder))
    assert list((folder / "_delta_log").glob("*.checkpoint.parquet"))
    assert driver("show", folder)["rows"] == 33
