#!/usr/bin/env python3
"""./dev demo: the whole pipeline on real and sample data.

Usage: ./dev demo [--once] [--http HOST:PORT] [--console HOST:PORT]
  --once     ends Pinflow when everything is shown; otherwise it runs until Ctrl-C
  --http, --console   other ports than 8082 and 8080 (port 0: a free one)

What it does: starts `pinflow up` in build/demo-data (made anew), posts 61 real rows of each table as user "real" and
the whole sample with bad records as user "demo", by the REST Proxy path and the Kinesis path at once; waits until all of
it is in tables; shows the clean tables, the nine queries, what was quarantined and why, and how long each step took.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINFLOW = ROOT / "build/release/pinflow"
DATA = ROOT / "build/demo-data"
KINDS = ("pin", "geo", "user")
QUERIES = ("category_by_country", "category_by_year", "top_poster_by_country", "top_country", "category_by_age_group",
           "followers_by_age_group", "users_joined_by_year", "followers_by_join_year",
           "followers_by_join_year_and_age_group")


class Stages:
    """How long each step took."""

    def __init__(self):
        self.rows, self.since = [], time.monotonic()

    def done(self, name, note=""):
        now = time.monotonic()
        self.rows.append((name, now - self.since, note))
        self.since = now

    def show(self):
        for name, seconds, note in self.rows:
            print(f"  {name:<44} {seconds:8.2f} s   {note}")


def title(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def show(text, lines=12):
    """At most `lines` lines, cut to the terminal's width."""
    width = shutil.get_terminal_size((120, 24)).columns
    rows = text.rstrip("\n").split("\n")
    for row in rows[:lines]:
        print("  " + (row if len(row) <= width - 2 else row[: width - 3] + "…"))
    if len(rows) > lines:
        print(f"  … {len(rows) - lines} more lines")


class Demo:
    def __init__(self, options):
        self.options, self.stages = options, Stages()

    def start(self):
        shutil.rmtree(DATA, ignore_errors=True)
        DATA.parent.mkdir(exist_ok=True)
        self.log = open(ROOT / "build/demo.log", "w")
        command = [PINFLOW, "up", "--data", DATA, "--http", self.options.http, "--console", self.options.console]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.stderr.write((ROOT / "build/demo.log").read_text()[-3000:])
            sys.exit("demo: pinflow up did not start; the log above is build/demo.log")
        self.ready = json.loads(line)
        self.console = self.ready["console"]
        self.stages.done("start of pinflow up, to ready")

    def pinflow(self, *arguments):
        result = subprocess.run([PINFLOW, *arguments, "--url", self.console], stdout=subprocess.PIPE, text=True)
        if result.returncode:
            sys.exit(f"demo: pinflow {' '.join(arguments)} ended with {result.returncode}")
        return result.stdout

    def sql(self, statement, form="table"):
        return self.pinflow("sql", "--format", form, statement)

    def rows(self, statement):
        return [json.loads(line) for line in self.sql(statement, "ndjson").splitlines()]

    def post(self):
        """Both users at once; each posts by REST and Kinesis at once."""
        common = [PINFLOW, "emulate", "--to", self.ready["http"] + "/test", "--via", "both", "--as-fast-as-possible"]
        sources = {"real": ["--id", "real", "--source", ROOT / "tests/data"],
                   "demo": ["--id", "demo", "--source", "sample", "--bad"]}
        running = {name: subprocess.Popen([*common, *extra], stdout=subprocess.PIPE, text=True)
                   for name, extra in sources.items()}
        for name, process in running.items():
            summary = process.communicate()[0]
            title(f"Posted as user {name}")
            show(summary, 20)
            if process.returncode:
                sys.exit(f"demo: pinflow emulate ended with {process.returncode}")
        self.stages.done("posting by REST and Kinesis at once")
        posting = self.stages.rows[-1][1]
        self.pinflow("drain")
        self.stages.done("drain: until the last record is in its table")
        count = sum(row["n"] for row in self.rows(self.count_sql()))
        seconds = posting + self.stages.rows[-1][1]
        self.stages.rows[-1] = (*self.stages.rows[-1][:2], f"{count:,} records, {count / seconds:,.0f} records/s, posted and in tables")

    def count_sql(self):
        topics = [f'"{user}.{kind}"' for user in ("real", "demo") for kind in KINDS]
        topics += [f'"streaming-{user}-{kind}"' for user in ("real", "demo") for kind in KINDS]
        return " UNION ALL ".join(f"SELECT count(*)::BIGINT AS n FROM raw.{topic}" for topic in topics)

    def show_tables(self):
        title("Clean tables")
        show(self.pinflow("tables"), 40)
        for kind in KINDS:
            title(f'clean."real_{kind}"')
            show(self.sql(f'SELECT * FROM clean."real_{kind}" ORDER BY ind LIMIT 4'))

    def show_queries(self):
        started = time.monotonic()
        for name in QUERIES:
            title(f"Query {name} --param id=demo")
            show(self.pinflow("query", name, "--param", "id=demo"), 9)
        self.stages.done("nine queries", f"{(time.monotonic() - started) / len(QUERIES) * 1000:.0f} ms each")

    def show_quarantine(self):
        title("Quarantined, and why")
        tables = [f"demo_{kind}{suffix}" for suffix in ("", "_table") for kind in KINDS]
        union = " UNION ALL ".join(
            f"""SELECT '{table}' AS table_name, rule, message, value FROM quarantine."{table}" """ for table in tables)
        show(self.sql(f"SELECT table_name, rule, count(*) AS records FROM ({union}) GROUP BY ALL ORDER BY ALL"), 50)
        title("One example of each rule")
        show(self.sql(f"SELECT rule, any_value(message) AS message, any_value(left(value::VARCHAR, 60)) AS value "
                      f"FROM ({union}) GROUP BY ALL ORDER BY ALL"), 50)
        self.stages.done("looking at tables and quarantine")

    def where_next(self):
        title("How long it took")
        self.stages.show()
        title("Where to look next")
        port = self.console.rsplit(":", 1)[1]
        url = "" if port == "8080" else f" --url {self.console}"
        print(f"""  ./dev run tables{url}
  ./dev run sql{url} 'SELECT country, count(*) FROM clean."demo_geo" GROUP BY ALL ORDER BY 2 DESC LIMIT 5'
  ./dev run sql{url} 'SELECT "offset", value FROM raw."demo.pin" LIMIT 3'
  ./dev run query category_by_country{url} --param id=demo --param from=stream
  ./dev run tail demo.pin{url} --follow
  post to   {self.ready['http']}/topics/demo.pin    (or /ANY-STAGE/streams/streaming-demo-pin/record)
  console   {self.console}/health, {self.console}/metrics
  log       {DATA.relative_to(ROOT)}/log      Kafka's segment files
  tables    {DATA.relative_to(ROOT)}/lake     Delta tables: delta_scan, Spark and deltalake open them
  messages  build/demo.log""", flush=True)

    def run(self):
        self.start()
        try:
            self.post()
            self.show_tables()
            self.show_quarantine()
            self.show_queries()
            self.where_next()
            if not self.options.once:
                print("\nPinflow is running. Ctrl-C ends it.", flush=True)
                self.process.wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def stop(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self.process.poll() is None:
            self.process.terminate()
            print("stopping Pinflow …", file=sys.stderr)
        if (code := self.process.wait()) != 0:
            sys.exit(f"demo: pinflow up ended with {code}, see build/demo.log")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--http", default="127.0.0.1:8082")
    parser.add_argument("--console", default="127.0.0.1:8080")
    options = parser.parse_args()
    if options.once and os.environ.get("CI"):
        options.http = options.console = "127.0.0.1:0"  # other runs may be on the same machine
    Demo(options).run()


if __name__ == "__main__":
    main()
