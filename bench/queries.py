"""The nine named queries beside DuckDB on plain Parquet files and beside Spark."""
import json
import os
import pathlib
import resource
import subprocess
import time

from common import SPARK, drain, folder, percentile, pinflow, post, reduced, size
from harness import ROOT, Rest
from report import Figure

ROWS, ROUNDS = size("ROWS", 2_000_000), size("ROUNDS", 3)
KINDS = ("pin", "geo", "user")
FILES = ROOT / "pipelines/pinterest/queries"
HERE = pathlib.Path(__file__).resolve().parent
# The newest row of each ind, as the named queries count them.
NEWEST = '(SELECT * FROM {kind} QUALIFY row_number() OVER (PARTITION BY "ind" ORDER BY _time DESC, _partition DESC, ' \
         "_offset DESC, _index DESC) = 1)"


def queries_sql():
    out = {}
    for file in sorted(FILES.glob("*.sql")):
        sql = file.read_text()
        for kind in KINDS:
            sql = sql.replace("{" + kind + "}", NEWEST.format(kind=kind))
        out[file.stem] = sql
    return out


def live_files(table):
    """Paths of the Parquet files that are in the Delta table now."""
    live = {}
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                live[action["add"]["path"]] = True
            elif "remove" in action:
                live.pop(action["remove"]["path"], None)
    return [str(table / path) for path in live]


def export(connection, data, path):
    """One plain Parquet file a table, as DuckDB writes it by itself."""
    for kind in KINDS:
        files = live_files(data / f"lake/clean/q_{kind}")
        connection.execute(f"COPY (SELECT * FROM read_parquet({files!r})) TO '{path}/{kind}.parquet'")
        connection.execute(f"CREATE VIEW {kind} AS SELECT * FROM read_parquet('{path}/{kind}.parquet')")


def own_cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ask(console, name):
    question = json.dumps({"name": name, "params": {"id": "q"}, "format": "ndjson"})
    status, _, answer = console.request("POST", "/api/query", question, {"Content-Type": "application/json"})
    assert status == 200, answer
    return [list(json.loads(line).values()) for line in answer.splitlines()]


def timed(work, cpu):
    started, before = time.monotonic(), cpu()
    result = work()
    return result, time.monotonic() - started, cpu() - before


def plain(rows):
    return [[float(value) if isinstance(value, (int, float)) else value for value in row] for row in rows]


def rounds(console, connection, server_cpu):
    """{name: ([our seconds], [our CPU], [DuckDB's seconds], [DuckDB's CPU])}, alternating; equal answers asserted"""
    times = {name: ([], [], [], []) for name in queries_sql()}
    for _ in range(ROUNDS):
        for name, sql in queries_sql().items():
            ours, seconds, cpu = timed(lambda: ask(console, name), server_cpu)
            theirs, peer_seconds, peer_cpu = timed(lambda: connection.execute(sql).fetchall(), own_cpu)
            assert plain(ours) == plain(theirs), f"{name}: {ours[:5]} is not {theirs[:5]}"
            for values, value in zip(times[name], (seconds, cpu, peer_seconds, peer_cpu)):
                values.append(value)
    return times


def spark_seconds(path):
    """{name: seconds} of Spark over the same Parquet files, or why not"""
    if not SPARK.exists() or subprocess.run([SPARK, "-c", "import pyspark"], capture_output=True).returncode:
        return "PEER MISSING: Spark is not installed (./dev test --all sets build/venv-all up)"
    out = subprocess.run([SPARK, HERE / "peer_spark.py", path], capture_output=True, text=True)
    if out.returncode:
        return f"PEER FAILED: Spark: {out.stderr[-300:]}"
    return json.loads(out.stdout.splitlines()[-1])


def spark_note(path):
    spark = spark_seconds(path)
    if isinstance(spark, str):
        print(spark, flush=True)
        return spark
    return f"Spark {spark['version']} local[2]: {sum(spark['seconds'].values()):.1f} s, {spark['cpu']:.0f} CPU-s"


def queries():
    """nine queries over 2 M rows a table, beside the same SQL in DuckDB on plain Parquet files, and Spark"""
    import duckdb
    with folder() as path:
        with pinflow() as server:
            for kind in KINDS:
                post(server, f"q.{kind}", kind, ROWS, "--batch", 1000, "--connections", 8)
            drain(server)
            connection = duckdb.connect(config={"threads": os.cpu_count()})
            connection.execute("SET TimeZone = 'UTC'")
            export(connection, server.data, path)
            console = Rest(server.console, timeout=300)
            ask(console, "users_joined_by_year")
            times = rounds(console, connection, server.cpu_seconds)
            memory = server.memory_bytes() >> 20
        connection.close()
        spark = spark_note(path)
    middle = {name: [percentile(values, 0.5) for values in each] for name, each in times.items()}
    ours, cpu, theirs, peer_cpu = (sum(each[i] for each in middle.values()) for i in range(4))
    each = "; ".join(f"{name} {m[0] * 1000:.0f} ms against {m[2] * 1000:.0f}" for name, m in middle.items())
    note = f"{each}; medians of {ROUNDS}, {memory} MiB after; {reduced('ROWS', 2_000_000)}"
    yield Figure(f"nine queries over {ROWS:,} rows a table: time", "1.2 times DuckDB's on plain Parquet",
                 f"{ours / theirs:.2f} times DuckDB's", 1.2 / (ours / theirs), f"{ours:.2f} s against {theirs:.2f} s; {spark}",
                 f"{cpu:.2f} CPU-s against {peer_cpu:.2f}: {cpu / peer_cpu:.2f} times", note)
