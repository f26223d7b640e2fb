#!/usr/bin/env python3
"""./dev bench NAME… or --all: measures Pinflow, and its peer in the same run.

Each figure says what was measured, the goal, how much of it is reached, the ratio to the peer, and the CPU per unit of
work. Wall-clock figures move with the machine and with what else runs on it (each says how much that was): quote
ratios and CPU. A table of the run is written to build/bench/report.md, every figure is appended to
build/bench/figures.jsonl.

BENCH_RECORDS, BENCH_ROWS, BENCH_SECONDS, BENCH_RATE, BENCH_GB, BENCH_PARTITIONS, BENCH_TABLES, BENCH_SYNCED,
BENCH_SINGLE, BENCH_GROUPED, BENCH_IDLE, BENCH_INSTANCES, BENCH_OBJECTS, BENCH_OPEN, BENCH_COMMITS and BENCH_ROUNDS make a run smaller; its figures then say
REDUCED. PINFLOW_BINARY names another program than build/release/pinflow.
"""
import argparse
import pathlib
import shutil
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]
import connect  # noqa: E402
import http_door  # noqa: E402
import http_many  # noqa: E402
import kafka  # noqa: E402
import kafka_latency  # noqa: E402
import kafka_scale  # noqa: E402
import kinesis  # noqa: E402
import lake_s3  # noqa: E402
import process  # noqa: E402
import queries  # noqa: E402
import rebuild  # noqa: E402
import report  # noqa: E402
import rest_v3  # noqa: E402
import sustained  # noqa: E402
import tables  # noqa: E402

BENCHES = {bench.__name__: bench for bench in (
    process.start, process.idle_memory, http_door.http_single, http_door.http_keys, http_door.http_durable,
    http_door.http_bulk, tables.table_feed, sustained.sustained, tables.freshness, tables.freshness_delta, lake_s3.freshness_s3,
    tables.table_month, rebuild.rebuild, queries.queries, tables.tables300, kafka.kafka,
    kafka_latency.kafka_single, kafka_latency.kafka_groups, kafka_scale.kafka_scale,
    http_door.http_tls, http_door.http2, http_door.http_floor, http_many.http_connections, http_many.rest_consumers, rest_v3.rest_stream,
    kinesis.kinesis_put, kinesis.kinesis_puts, kinesis.kinesis_reads, connect.connect_objects, connect.connect_partitions)}


def missing_peers():
    """What has no comparison in this run, said before anything is measured."""
    commands = [name for name in ("nginx", "wrk", "h2load") if not shutil.which(name)]
    modules = []
    for name in ("duckdb", "deltalake", "pyarrow"):
        try:
            __import__(name)
        except ImportError:
            modules.append(f"python module {name}")
    return commands + modules


def run(name):
    beside, figures = report.Beside(ROOT / "build/bench"), []
    try:
        for figure in BENCHES[name]():
            figure.bench = name
            figures.append(figure)
    except Exception as error:  # the others still run; the table says what went wrong
        traceback.print_exc()
        figures.append(report.Figure(name, "", f"FAILED: {error}", 0.0, bench=name))
    for figure in figures:
        figure.beside = beside.text()
        figure.show()
    return figures


def main():
    names = "\n".join(f"  {name:<14}{bench.__doc__.splitlines()[0]}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog="names:\n" + names,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *BENCHES])
    parser.add_argument("--all", action="store_true", help="every one, in the order below")
    arguments = parser.parse_args()
    chosen = list(BENCHES) if arguments.all else arguments.names
    if not chosen:
        return parser.print_help()
    print(report.machine(), flush=True)
    for peer in missing_peers():
        print(f"PEER MISSING: {peer}; ./dev bench installs it from bench/packages.txt and bench/requirements.txt", flush=True)
    figures = [figure for name in chosen for figure in run(name)]
    print(f"table: {report.write_table(figures, ROOT / 'build/bench').relative_to(ROOT)}")
    return int(any(figure.value.startswith("FAILED") for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
