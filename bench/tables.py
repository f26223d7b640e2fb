import json
import os
import resource
import threading
import time
from concurrent.futures import ProcessPoolExecutor

from common import body, figure, folder, pinflow, pins
from harness import Pinflow, Rest

QUERIES = ["category_by_country", "category_by_year", "top_poster_by_country", "top_country", "category_by_age_group",
           "followers_by_age_group", "users_joined_by_year", "followers_by_join_year", "followers_by_join_year_and_age_group"]
FEED = int(os.environ.get("BENCH_RECORDS", 2_000_000))


def post_pins(url, topic, first, count):
    rest = Rest(url)
    for start in range(first, first + count, 1000):
        status, _, answer = rest.request("POST", f"/topics/{topic}", body(pins(1000, start)),
                                         {"Content-Type": "application/vnd.kafka.json.v2+json"})
        assert status == 200, answer


def post_all(url, topic, count):
    with ProcessPoolExecutor(2) as pool:
        for half in [pool.submit(post_pins, url, topic, i * (count // 2), count // 2) for i in range(2)]:
            half.result()


def rename_topic(data, old, new):
    """So that records wait in the log of a topic that no table has followed yet. Pinflow must not be running."""
    os.rename(data / f"log/{old}-0", data / f"log/{new}-0")
    meta = data / "topics" / f"{old}.json"
    (data / "topics" / f"{new}.json").write_text(meta.read_text().replace(f'"{old}"', f'"{new}"'))
    meta.unlink()


def python_loop(lines, path):
    """The peer: parse a batch, cast, append to Delta; 100,000 records a commit. (seconds, CPU seconds)"""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj
    from deltalake import write_deltalake
    def cpu():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime
    started, before = time.monotonic(), cpu()
    for at in range(0, len(lines), 100_000):
        table = pj.read_json(pa.BufferReader("\n".join(lines[at:at + 100_000]).encode()))
        count = pc.multiply(pc.cast(pc.utf8_rtrim(table["follower_count"], "k"), pa.int64()), 1000)
        place = pc.replace_substring(table["save_location"], "Local save in ", "")
        table = table.drop(["downloaded", "follower_count", "save_location"]).append_column("follower_count", count)
        write_deltalake(path, table.append_column("save_location", place), mode="append")
    return time.monotonic() - started, cpu() - before


def table_feed():
    """log to clean table: distinct pins waiting in the log, against a python deltalake loop"""
    with folder() as path:
        server = Pinflow(path / "data").start()
        post_all(server.http, "waiting", FEED)
        server.stop()
        rename_topic(path / "data", "waiting", "feed.pin")
        server.start()
        started = time.monotonic()
        server.drain("600s")
        seconds, cpu = time.monotonic() - started + server.start_seconds, server.cpu_seconds()
        rows = server.value('SELECT count(*) FROM clean."feed_pin"')
        server.stop()
        assert rows == FEED, f"{rows} rows of {FEED}"
        peer_seconds, peer_cpu = python_loop(list(pins(FEED)), str(path / "peer"))
    million = FEED / 1e6
    figure("log to clean table", f"{FEED / seconds:,.0f} records/s, {cpu / million:.2f} CPU-s per million",
           "400,000 records/s, 2.0 CPU-s, 0.5 times the peer",
           f"python deltalake + pyarrow: {FEED / peer_seconds:,.0f} records/s, {peer_cpu / million:.2f} CPU-s; ratio {cpu / peer_cpu:.2f}")


def lag(server):
    return max((row.get("lag") or 0 for row in json.loads(server.run("tables", "--format", "json").stdout)), default=0)


def sustained():
    """bodies of 100 records for 3 minutes, all into clean tables: rate, freshness, memory"""
    from common import wrk
    seconds = int(os.environ.get("BENCH_SECONDS", 180))
    bodies = [body(pins(100, i * 100)) for i in range(200)]
    with pinflow() as server:
        server.run("topics", "create", "steady.pin", "--partitions", "2", "--config", "retention.bytes=1000000000")
        memory, samples, ended = [], [], threading.Event()

        def watch():
            while not ended.wait(5):
                memory.append(server.memory_bytes())
                samples.append(lag(server))
        watcher = threading.Thread(target=watch)
        watcher.start()
        rate, p99, requests, refused = wrk(server.http + "/topics/steady.pin", bodies, 32, seconds)
        ended.set()
        watcher.join()
        started = time.monotonic()
        server.drain("300s")
        behind = time.monotonic() - started
        cpu = server.cpu_seconds() / (requests * 100) * 1e6
    figure("sustained posts into clean tables", f"{rate * 100:,.0f} records/s over {seconds} s", "200,000 records/s, 2 s behind",
           f"drained {behind:.1f} s after the last post; reported lag at most {max(samples)}; memory {memory[0] >> 20} to "
           f"{memory[-1] >> 20} MiB; {cpu:.2f} CPU-s per million; {refused} refused")


def freshness(tables=1, rounds=100, goal="1 s"):
    """post to visible in clean under light load"""
    took = []
    with pinflow() as server:
        rest, console = Rest(server.http), Rest(server.console)
        for i in range(rounds):
            started = time.monotonic()
            rest.produce("fresh.geo", [{"ind": i, "country": "Chad"}])
            question = json.dumps({"sql": f'SELECT count(*) AS n FROM clean."fresh_geo" WHERE ind = {i}', "format": "csv"})
            while True:
                status, _, answer = console.request("POST", "/api/sql", question, {"Content-Type": "application/json"})
                if status == 200 and answer.split()[-1] == b"1":
                    break
                time.sleep(0.005)
            took.append(time.monotonic() - started)
            time.sleep(0.05 * (i % 7))
    took.sort()
    figure("post to visible in clean", f"p50 {took[rounds // 2] * 1000:.0f} ms, p99 {took[rounds * 99 // 100] * 1000:.0f} ms", f"p99 {goal}")


def queries():
    """nine queries over the sample (BENCH_ROWS rows a table), each timed"""
    rows = int(os.environ.get("BENCH_ROWS", 11_154))
    import subprocess
    from harness import BINARY
    with pinflow() as server:
        for round_ in range(max(1, rows // 11_154)):
            subprocess.run([BINARY, "emulate", "--to", server.http, "--id", "q", "--as-fast-as-possible", "--batch", "500",
                            "--connections", "8"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server.drain("300s")
        took = {}
        for name in QUERIES:
            started = time.monotonic()
            server.run("query", name, "--param", "id=q")
            took[name] = time.monotonic() - started
        count = server.value('SELECT count(*) FROM clean."q_pin"')
    figure(f"nine queries over {count:,} rows a table", f"{sum(took.values()) * 1000:.0f} ms in all", "1.2 times DuckDB on Parquet",
           "; ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in took.items()))


def many_tables():
    """300 clean tables with a trickle each: CPU and freshness"""
    with pinflow() as server:
        rest = Rest(server.http)
        for i in range(300):
            rest.produce(f"t{i}.geo", [{"ind": 0, "country": "Chad"}])
        server.drain("120s")
        before, started, posted = server.cpu_seconds(), time.monotonic(), 0
        while time.monotonic() - started < 30:
            rest.produce(f"t{posted % 300}.geo", [{"ind": posted, "country": "Chad"}])
            posted += 1
            time.sleep(1 / 300)
        cores = (server.cpu_seconds() - before) / (time.monotonic() - started)
        started = time.monotonic()
        server.drain("60s")
        figure("300 clean tables, one record a second each", f"{cores:.2f} cores, drained in {time.monotonic() - started:.2f} s",
               "0.5 cores, 1 s")
