"""Only with --all: Spark reads, merges, appends, deletes, compacts and vacuums a clean table while Pinflow appends to it and
compacts it too."""
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from harness import ROOT, Rest

pytestmark = pytest.mark.slow

ROUNDS = 1
THEIRS = 1_000_000
DECLARATION = """name = "grow"
[table.n]
clean = "n.sql"
sources = [{ topic = "n", table = "n" }]
input = { a = "bigint", s = "text" }
settings = { latency_ms = 300, compact_after_files = 8 }
"""


class Producer(threading.Thread):
    """One record after the other, its key its offset, until it is told to stop."""

    def __init__(self, http):
        super().__init__(daemon=True)
        self.http, self.stopped, self.count, self.failure = http, threading.Event(), 0, None

    def run(self):
        rest = Rest(self.http)
        try:
            while not self.stopped.is_set():
                rest.produce("n", [{"a": self.count, "s": "ours"}])
                self.count += 1
                time.sleep(2)
        except Exception as failure:
            self.failure = failure


def work_with_spark(folder):
    done = subprocess.run([sys.executable, ROOT / "tests/delta_writers/spark_beside.py", folder, str(ROUNDS)], timeout=360,
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")})
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def expect_sound(report, log):
    for done in report["rounds"]:
        assert done["rows"][0] == done["rows"][1] > 0, "an old version is the same after OPTIMIZE and VACUUM"
        assert done["optimized"] > 0
    assert report["problem"] == "" and set(report["wanted"]) <= set(report["seen"]), "the stream saw every row of ours"
    if "written over" not in log:  # then the row came twice in the log's history, and once in the table
        assert len(report["seen"]) == len(set(report["seen"]))


def test_spark_works_on_a_table_that_grows(binary, make_server, tmp_path):
    pipeline = tmp_path / "grow"
    pipeline.mkdir()
    (pipeline / "pipeline.toml").write_text(DECLARATION)
    (pipeline / "n.sql").write_text("SELECT a, s FROM input")
    server = make_server("--pipelines", pipeline)
    producer = Producer(server.http)
    producer.start()
    while producer.count < 5 and not producer.failure:
        time.sleep(0.1)
    server.drain()
    report = work_with_spark(server.data / "lake/clean/n")
    time.sleep(2)
    producer.stopped.set()
    producer.join()
    assert producer.failure is None
    server.drain()
    expect_sound(report, server.log_tail(1 << 20))
    rows = server.sql('SELECT a, s, _offset, r.sql FROM clean_rows.n LEFT JOIN rules.n r ON version = _rule_version ORDER BY a')
    ours = [row for row in rows if row["a"] < THEIRS]
    assert [row["a"] for row in ours] == [row["_offset"] for row in ours] == list(range(producer.count)), "each once"
    assert {row["sql"] for row in ours} == {"SELECT a, s FROM input"}, "also after Spark has written their files anew"
    assert [row["a"] for row in ours if row["s"] == "merged"] == list(range(ROUNDS))
    wrong = server.sql('SELECT c.a FROM clean_rows.n c JOIN raw.n r ON r."offset" = c._offset WHERE c._time <> r.timestamp')
    assert wrong == [], "times are what they were in files of Spark, and merged with ours"
    theirs = [(row["a"], row["s"], row["sql"]) for row in rows if row["a"] >= THEIRS]
    assert theirs == [(THEIRS + 2 * number, "new", None) for number in range(ROUNDS)]
    operations = history(server.data / "lake/clean/n/_delta_log")
    assert {"MERGE", "WRITE", "DELETE", "OPTIMIZE", "STREAMING UPDATE"} <= {operation for _, operation in operations}
    assert max(version for version, operation in operations if operation == "STREAMING UPDATE") > \
        max(version for version, operation in operations if operation in ("MERGE", "DELETE")), "ours went on"


def history(log):
    operations = []
    for commit in log.glob("*.json"):
        for line in commit.read_text().splitlines():
            if "commitInfo" in json.loads(line):
                operations.append((int(commit.stem), json.loads(line)["commitInfo"]["operation"]))
    return operations
