#!/usr/bin/env python3
"""./dev demo: the whole pipeline on real and sample data.

Usage: ./dev demo [--once] [--http HOST:PORT] [--console HOST:PORT]
  --once     ends Pinflow when everything is shown; otherwise it runs until Ctrl-C
  --http, --console   other ports than 8082 and 8080 (port 0: a free one)

What it does: starts `pinflow up` in build/demo-data (made anew), posts 61 real rows of each table as user "real" and
the whole sample with bad records as user "demo", by the REST Proxy path and the Kinesis path at once; waits until all of
it is in tables; shows the clean tables, what was quarantined and why, the nine queries, and how long each step took.
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

from demo_text import Stages, grid, title

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINFLOW = ROOT / "build/release/pinflow"
DATA = ROOT / "build/demo-data"
LOG = ROOT / "build/demo.log"
KINDS = ("pin", "geo", "user")
USERS = ("real", "demo")
HEADS = {"pin": "ind, title, follower_count, poster_name, tag_list, save_location, category", "geo": "*", "user": "*"}
QUERIES = {"category_by_country": "the most popular category of each country",
           "category_by_year": "the most popular category of each year, 2018 to 2022",
           "top_poster_by_country": "the most followed poster of each country",
           "top_country": "the country where the most followed poster posts",
           "category_by_age_group": "the most popular category of each age group",
           "followers_by_age_group": "median followers of each age group",
           "users_joined_by_year": "users who joined in each year, 2015 to 2020",
           "followers_by_join_year": "median followers by the year of joining",
           "followers_by_join_year_and_age_group": "median followers by the year of joining and age group"}


def table_of(user, kind, door):
    return f"{user}_{kind}" + ("_table" if door == "kinesis" else "")


def topic_of(user, kind, door):
    return f"streaming-{user}-{kind}" if door == "kinesis" else f"{user}.{kind}"


class Demo:
    def __init__(self, options):
        self.options, self.stages, self.process = options, Stages(), None

    def start(self):
        shutil.rmtree(DATA, ignore_errors=True)
        DATA.parent.mkdir(exist_ok=True)
        command = [PINFLOW, "up", "--data", DATA, "--http", self.options.http, "--console", self.options.console,
                   "--kafka", self.options.kafka, "--connect", self.options.connect]
        with open(LOG, "w") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{LOG.read_text()[-3000:]}demo: pinflow up did not start; what it said is above and in {LOG}\n"
                     "demo: are the ports taken? --http 127.0.0.1:0 --console 127.0.0.1:0 --kafka 127.0.0.1:0 --connect "
                     "127.0.0.1:0 takes free ones")
        self.ready = json.loads(line)
        self.console = self.ready["console"]
        self.stages.done("pinflow up, until every door is open")
        print(f"Pinflow runs: doors at {self.ready['http']}, console at {self.console}, data in {self.ready['data']}")

    def pinflow(self, *arguments):
        result = subprocess.run([PINFLOW, *arguments, "--url", self.console], stdout=subprocess.PIPE, text=True)
        if result.returncode:
            sys.exit(f"demo: pinflow {' '.join(arguments)} ended with {result.returncode}; see {LOG}")
        return result.stdout

    def rows(self, *arguments):
        return [json.loads(line) for line in self.pinflow(*arguments, "--format", "ndjson").split("\n") if line]

    def sql(self, statement):
        return self.rows("sql", statement)

    def emulate(self, user, *arguments):
        command = [PINFLOW, "emulate", "--to", self.ready["http"] + "/test", "--via", "both", "--as-fast-as-possible",
                   "--format", "json", "--id", user, *arguments]
        quiet = subprocess.DEVNULL if user == "real" else None  # one progress bar is enough
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True)

    def post(self):
        """Both users at once; each posts by REST and Kinesis at once, one record a request."""
        title("Posting 61 real rows of each table as user real, the whole sample and bad records as user demo")
        running = {"real": self.emulate("real", "--source", ROOT / "tests/data"),
                   "demo": self.emulate("demo", "--source", "sample", "--bad")}
        self.posted = {}
        for user, process in running.items():
            output = process.communicate()[0]
            self.posted[user] = json.loads(output) if output else {}
            if process.returncode:
                sys.exit(f"demo: pinflow emulate of user {user} ended with {process.returncode}: {output}")
        posting = self.stages.done("posting by the REST Proxy and Kinesis paths at once")
        self.pinflow("drain")
        waiting = self.stages.done("waiting until the last record is in its table")
        grid([{"user": user, "requests": it["requests"], "accepted": it["accepted"], "refused": it["refused"],
               "retries": it["retries"], "seconds": round(it["seconds"], 2), "requests/s": round(it["requests"] / it["seconds"])}
              for user, it in self.posted.items()])
        self.show_balance(posting + waiting)

    def show_balance(self, seconds):
        """Every record that was accepted is somewhere."""
        places = [(user, kind, door) for user in USERS for kind in KINDS for door in ("rest", "kinesis")]
        counts = []
        for user, kind, door in places:
            table, topic = table_of(user, kind, door), topic_of(user, kind, door)
            counts.append(f"""SELECT '{topic}' AS "topic or stream", (SELECT count(*) FROM raw."{topic}") AS "records in the log",
                (SELECT count(*) FROM clean."{table}") AS "clean rows",
                (SELECT count(*) FROM quarantine."{table}") AS quarantined, 'clean."{table}"' AS "clean table" """)
        rows = self.sql(" UNION ALL ".join(counts))
        title("Where it all is")
        grid(rows, 12)
        records = sum(row["records in the log"] for row in rows)
        accepted = sum(it["accepted"] for it in self.posted.values())
        rate = f"{records:,} records, {records / seconds:,.0f} a second posted, acked from disk and in tables"
        self.stages.note(rate)
        owed = sum(2 * sum(table["rows"] for table in it["tables"].values()) +
                   sum(defect["clean_rows"] for defect in it["marked"].values()) for it in self.posted.values())
        clean = sum(row["clean rows"] for row in rows)
        for name, wanted, found in (("records were acked", accepted, f"{records:,} are in the log"),
                                    ("clean rows were owed", owed, f"{clean:,} are there")):
            print(f"  {wanted:,} {name}, {found}" + ("." if found.startswith(f"{wanted:,} ") else ": that is not right."))

    def show_tables(self):
        for kind in KINDS:
            title(f'clean."real_{kind}", the first by ind')
            grid(self.sql(f'SELECT {HEADS[kind]} FROM clean."real_{kind}" ORDER BY ind LIMIT 5'))
        self.stages.done("showing three clean tables")

    def show_quarantine(self):
        title("Quarantined, and why (the original bytes are kept, with topic and offset)")
        tables = [table_of("demo", kind, door) for kind in KINDS for door in ("rest", "kinesis")]
        union = " UNION ALL ".join(f'SELECT rule, message, value FROM quarantine."{table}"' for table in tables)
        grid(self.sql(f"""SELECT rule, count(*) AS records, arg_min(message, readable) AS "for example",
            arg_min(left(coalesce(try(decode(value)), value::VARCHAR), 300), readable) AS "what was posted"
            FROM (SELECT *, (starts_with(message, '(bytes)'), message) AS readable FROM ({union})) GROUP BY rule ORDER BY records DESC, rule"""), 20)
        marked = self.posted["demo"]["marked"].values()
        wanted = sum(defect["accepted"] for defect in marked if defect["clean_rows"] == 0 and defect["expected"] == "quarantined")
        found = self.sql(f"SELECT count(*) AS n FROM ({union})")[0]["n"]
        print(f"  {wanted:,} of the posted records cannot be cleaned, {found:,} are in quarantine" +
              ("." if wanted == found else ": that is not right."))
        self.stages.done("looking into quarantine")

    def show_queries(self):
        for name, question in QUERIES.items():
            title(f"{name}: {question}")
            grid(self.rows("query", name, "--param", "id=demo"), 6)
        seconds = self.stages.done("the nine queries over user demo")
        self.stages.note(f"{seconds / len(QUERIES) * 1000:.0f} ms each, the command's start included")

    def where_next(self):
        title("How long it took")
        self.stages.show()
        title("Where to look next")
        url = "" if self.console.endswith(":8080") else f" --url {self.console}"
        print(f"""  ./dev run tables{url}
  ./dev run sql{url} 'SELECT country, count(*) FROM clean."demo_geo" GROUP BY ALL ORDER BY 2 DESC LIMIT 5'
  ./dev run sql{url} 'SELECT "offset", value FROM raw."demo.pin" LIMIT 3'
  ./dev run query category_by_country{url} --param id=demo --param from=stream
  ./dev run tail demo.pin{url} --follow
  post to   {self.ready['http']}/topics/demo.pin    (or /ANY-STAGE/streams/streaming-demo-pin/record)
  console   {self.console}/health, {self.console}/metrics
  log       {DATA.relative_to(ROOT)}/log      Kafka's segment files
  tables    {DATA.relative_to(ROOT)}/lake     Delta tables: Spark, delta-rs and DuckDB open them
  messages  {LOG.relative_to(ROOT)}
  Ended, it can still be asked: ./dev run sql --data {DATA.relative_to(ROOT)} 'SELECT …'""", flush=True)

    def run(self):
        try:
            self.start()
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
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
        if (code := self.process.wait()) != 0:
            sys.exit(f"demo: pinflow up ended with {code}, see {LOG}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="end Pinflow when everything is shown")
    parser.add_argument("--http", default="127.0.0.1:8082", help="where the doors listen")
    parser.add_argument("--kafka", default="127.0.0.1:9092", help="where Kafka clients connect, or none")
    parser.add_argument("--console", default="127.0.0.1:8080", help="where the console listens")
    parser.add_argument("--connect", default="127.0.0.1:8083", help="where Kafka Connect's REST interface is, or none")
    options = parser.parse_args()
    if options.once and os.environ.get("CI"):
        options.http = options.console = options.connect = "127.0.0.1:0"  # other runs may be on the same machine
    Demo(options).run()


if __name__ == "__main__":
    main()
