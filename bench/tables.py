"""From the log into tables."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

from common import SPARK, drain, folder, load_tool, percentile, pinflow, reduced, size, tool
from harness import BINARY, ROOT, Pinflow, Rest
from report import Figure

FEED = size("RECORDS", 2_000_000)
HERE = pathlib.Path(__file__).resolve().parent


class Memory:
    """The most memory a server has used, sampled."""

    def __init__(self, server):
        self.server, self.most, self.ended = server, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.1):
            self.most = max(self.most, self.server.memory_bytes())

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.most >> 20


def start_alone(path):
    """Starts a copy of the program; it has no pipelines, so what is posted only waits in the log."""
    copy = path / "pinflow"
    shutil.copy2(BINARY, copy)
    up = subprocess.Popen([copy, "up", "--data", path / "data", "--kafka", "127.0.0.1:0", "--http", "127.0.0.1:0",
                           "--console", "127.0.0.1:0", "--connect", "127.0.0.1:0"],
                          stdout=subprocess.PIPE, stderr=open(path / "alone.log", "ab"), text=True)
    return up, json.loads(up.stdout.readline())


def fill_log(path, topic, rows, count):
    up, ready = start_alone(path)
    result = subprocess.run([load_tool(), "post", ready["http"].removeprefix("http://"), topic, rows, str(count),
                             "--batch", "1000", "--connections", "8"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    up.terminate()
    assert up.wait(60) == 0
    return json.loads(result.stdout.splitlines()[-1])


def peer_loop(rows, count, path):
    """The python loop over the same records; what it says of itself."""
    with open(path / "lines", "w") as lines:
        subprocess.run([load_tool(), "print", rows, str(count)], stdout=lines, check=True)
    out = subprocess.run([sys.executable, HERE / "peer_deltalake.py", path / "lines", path / "peer"],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


def spark_stream(topic, count, path):
    """What Spark says of itself, streaming the topic from the Kafka door; nothing if there is no Spark."""
    if not SPARK.exists():
        return None
    up, ready = start_alone(path)
    out = subprocess.run([SPARK, HERE / "peer_spark_stream.py", ready["kafka"], topic, path / "spark", str(count)],
                         capture_output=True, text=True)
    up.terminate()
    assert up.wait(60) == 0 and out.returncode == 0, out.stderr[-3000:]
    return json.loads(next(line for line in out.stdout.splitlines() if line.startswith("{")))  # maven may talk too


def folder_bytes(path):
    return sum(file.stat().st_size for file in path.rglob("*.parquet"))


def feed_once(path):
    """(seconds, CPU seconds, most memory MiB) from the start of Pinflow until all that waits is in the table"""
    server = Pinflow(path / "data").start()
    memory, started = Memory(server), time.monotonic()
    drain(server)
    seconds, cpu = time.monotonic() - started + server.start_seconds, server.cpu_seconds()
    most, rows = memory.stop(), server.value('SELECT count(*) FROM clean."feed_pin"')
    server.stop()
    assert rows == FEED, f"{rows} rows of {FEED}"
    return seconds, cpu, most


def table_feed():
    """log to clean table: 2 M distinct pins waiting in the log, beside a python deltalake + pyarrow loop and Spark"""
    with folder() as path:
        fill_log(path, "feed.pin", "distinct", FEED)
        ours, peers = [], []
        for _ in range(size("ROUNDS", 3)):
            shutil.rmtree(path / "data/lake", ignore_errors=True)
            shutil.rmtree(path / "peer", ignore_errors=True)
            ours.append(feed_once(path))
            peers.append(peer_loop("distinct", FEED, path))
        sizes = folder_bytes(path / "data/lake/clean/feed_pin"), folder_bytes(path / "peer")
        shutil.rmtree(path / "data/lake")
        spark = spark_stream("feed.pin", FEED, path)
    million = FEED / 1e6
    seconds, cpu, most = percentile(ours, 0.5)
    peer = sorted(peers, key=lambda p: p["cpu"])[len(peers) // 2]
    spent = percentile([cpu for _, cpu, _ in ours], 0.5)
    per_million, ratio = spent / million, spent / peer["cpu"]
    note = f"most memory {most} MiB (peer {peer['memory'] >> 20}); Parquet {sizes[0] / FEED:.0f} B a row (peer " \
           f"{sizes[1] / FEED:.0f}); medians of {len(ours)} {reduced('RECORDS', 2_000_000)}"
    yield Figure("log to clean table: CPU", "2.0 s per million records and at most 0.4 times the peer's",
                 f"{per_million:.2f} s per million; {ratio:.2f} times the peer's", min(2.0 / per_million, 0.4 / ratio),
                 f"python deltalake + pyarrow: {peer['cpu'] / million:.2f} CPU-s per million", f"{per_million:.2f} s per million",
                 note)
    yield Figure("log to clean table: rate", "400,000 records/s on 2 cores", f"{FEED / seconds:,.0f} records/s",
                 FEED / seconds / 400_000, f"python deltalake + pyarrow: {FEED / peer['seconds']:,.0f} records/s",
                 f"{cpu / seconds:.2f} cores busy; {2 / per_million * 1e6:,.0f} records/s if 2 cores were")
    of_spark = spent / spark["cpu"] if spark else 0
    yield Figure("log to clean table: CPU beside Spark's streaming", "0.15 times Spark's",
                 f"{of_spark:.2f} times" if spark else "PEER MISSING: ./dev test --all installs Spark",
                 0.15 / of_spark if spark else 0.0,
                 f"Spark {spark['version']}: {spark['cpu'] / million:.2f} CPU-s per million, {FEED / spark['seconds']:,.0f} "
                 "records/s, its start not counted" if spark else "", f"{per_million:.2f} s per million", "")


def visible(console, table, value, until=10.0):
    """Seconds until a row with ind = value is in the table."""
    question = json.dumps({"sql": f'SELECT count(*) AS n FROM clean."{table}" WHERE ind = {value}', "format": "csv"})
    started = time.monotonic()
    while time.monotonic() - started < until:
        status, _, answer = console.request("POST", "/api/sql", question, {"Content-Type": "application/json"})
        if status == 200 and answer.split()[-1] == b"1":
            return
        time.sleep(0.005)
    raise AssertionError(f"ind {value} is not in {table} after {until} s: {answer}")


def time_to_visible(rest, console, topic, table, value):
    started = time.monotonic()
    rest.produce(topic, [{"ind": value, "country": "Chad"}])
    visible(console, table, value)
    return time.monotonic() - started


def freshness():
    """post to visible in clean under light load"""
    rounds = size("ROUNDS", 200)
    with pinflow() as server:
        rest, console = Rest(server.http), Rest(server.console)
        first = time_to_visible(rest, console, "fresh.geo", "fresh_geo", -1)
        cpu, took = server.cpu_seconds(), []
        for i in range(rounds):
            took.append(time_to_visible(rest, console, "fresh.geo", "fresh_geo", i))
            time.sleep(0.03 * (i % 7))
        cpu = (server.cpu_seconds() - cpu) / rounds
    p99 = percentile(took, 0.99)
    yield Figure("post to visible in clean, light load", "p99 under 1 s", f"p99 {p99 * 1000:.0f} ms", 1 / p99, "",
                 f"{cpu * 1000:.1f} ms a round, the polling SELECTs included",
                 f"p50 {percentile(took, 0.5) * 1000:.0f} ms, most {max(took) * 1000:.0f} ms of {rounds}; first record of a "
                 f"new table {first * 1000:.0f} ms")


def readable(place, value, options=None, until=10.0):
    """Returns when delta-rs finds a row with ind = value in the table."""
    from deltalake import DeltaTable
    started, table = time.monotonic(), None
    while time.monotonic() - started < until:
        if table is None and DeltaTable.is_deltatable(str(place), options):
            table = DeltaTable(place, storage_options=options)
        if table is not None:
            table.update_incremental()
            newest = table.to_pyarrow_dataset().to_table(columns=["ind"])["ind"]
            if value in newest.to_pylist():
                return
        time.sleep(0.005)
    raise AssertionError(f"ind {value} is not in {place} after {until} s")


def freshness_of(server, lake, options, what, goal_s):
    rounds, rest, took = size("ROUNDS", 200), Rest(server.http), []
    for i in range(-1, rounds):
        rest.produce("delta.geo", [{"ind": i, "country": "Chad"}])
        acked = time.monotonic()
        readable(f"{lake}/clean/delta_geo", i, options)
        took.append(time.monotonic() - acked)
        time.sleep(0.03 * (i % 7))
    first, *took = took
    p99 = percentile(took, 0.99)
    return Figure(f"ack to readable by delta-rs, light load, {what}", f"p99 {goal_s} s", f"p99 {p99 * 1000:.0f} ms",
                  goal_s / p99, "", "",
                  f"p50 {percentile(took, 0.5) * 1000:.0f} ms, most {max(took) * 1000:.0f} ms of {rounds}, the reading "
                  f"included; first record of a new table {first * 1000:.0f} ms")


def freshness_delta():
    """ack to readable by delta-rs under light load, local files"""
    with pinflow() as server:
        yield freshness_of(server, server.data / "lake", None, "local", 1)


def table_month():
    """a commit a second for a month of the table's clock: time to open it, its log, and what upkeep costs"""
    from deltalake import DeltaTable
    commits = size("COMMITS", 2_592_000)
    with folder() as path:
        out = subprocess.run([tool("bench_day", "src/sink"), path / "month", ROOT / "pipelines/pinterest", "geo", str(commits)],
                             capture_output=True, text=True)
        assert out.returncode == 0 and "WRONG" not in out.stdout, out.stdout + out.stderr
        upkeep_ms = float(re.search(r"([0-9.]+) ms of it upkeep", out.stdout)[1])
        log, took = path / "month/lake/clean/day/_delta_log", []
        for _ in range(11):
            started = time.monotonic()
            table = DeltaTable(path / "month/lake/clean/day")
            took.append(time.monotonic() - started)
        assert table.version() >= commits
        files = [file.stat().st_size for file in log.iterdir() if file.is_file()]
    opened, note = percentile(took, 0.5) * 1000, reduced("COMMITS", 2_592_000)
    yield Figure("a commit a second for a month: delta-rs opens the table", "200 ms", f"{opened:.0f} ms", 200 / opened, "", "",
                 f"log {sum(files) >> 20} MiB in {len(files):,} files; {note}")
    yield Figure("a commit a second for a month: upkeep", "2 % of one core", f"{upkeep_ms / 10:.2f} %", 20 / upkeep_ms, "",
                 f"{upkeep_ms:.2f} ms a commit", out.stdout.splitlines()[0] + f" {note}")


def trickle(rest, tables, seconds, first):
    """One record a second to each table; how many were posted."""
    started, posted = time.monotonic(), 0
    while (elapsed := time.monotonic() - started) < seconds:
        while posted < elapsed * tables:
            rest.produce(f"t{posted % tables}.geo", [{"ind": first + posted, "country": "Chad"}])
            posted += 1
        time.sleep(0.002)
    return posted


def tables300():
    """300 clean tables, each with a record a second: CPU and freshness"""
    count, seconds = size("TABLES", 300), size("SECONDS", 30)
    with pinflow() as server:
        rest, console = Rest(server.http), Rest(server.console)
        for i in range(count):
            rest.produce(f"t{i}.geo", [{"ind": -1, "country": "Chad"}])
        drain(server)
        trickle(rest, count, 3, 0)
        before, started = server.cpu_seconds(), time.monotonic()
        posted = trickle(rest, count, seconds, 1_000_000)
        cores = (server.cpu_seconds() - before) / (time.monotonic() - started)
        ended, took = threading.Event(), []

        def probe():
            asked = Rest(server.http)
            while not ended.is_set():
                n = len(took) * 7 % count
                took.append(time_to_visible(asked, console, f"t{n}.geo", f"t{n}_geo", 9_000_000 + len(took)))
        prober = threading.Thread(target=probe)
        prober.start()
        trickle(rest, count, seconds, 2_000_000)
        ended.set()
        prober.join()
        memory = server.memory_bytes() >> 20
    p99 = percentile(took, 0.99)
    yield Figure(f"{count} clean tables, a record a second each: CPU", "under 0.5 cores", f"{cores:.2f} cores", 0.5 / cores, "",
                 f"{cores * seconds / posted * 1000:.2f} ms a record, most of it a commit of its own",
                 f"{memory} MiB {reduced('TABLES', 300)}")
    yield Figure(f"{count} clean tables, a record a second each: freshness", "1 s", f"p99 {p99 * 1000:.0f} ms", 1 / p99, "", "",
                 f"p50 {percentile(took, 0.5) * 1000:.0f} ms of {len(took)} probes")
