#!/usr/bin/env python3
"""kill -9 under load, again and again: what was acked is in the log and in the clean table, once.

Usage: tests/kill_loop.py [--kills N] [--seed N] [--data DIR]
Posters send numbered records and never send one again, so a number may be in the log at most once, and must be there if
it was acked. Ends with exit code 1 and the numbers when that does not hold.
"""
import argparse
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Pinflow, Rest  # noqa: E402

POSTERS, RECORDS_A_POST = 4, 20


class Load:
    """Posters that go on over restarts; keeps which numbers were acked."""

    def __init__(self):
        self.lock, self.next, self.acked = threading.Lock(), 0, set()
        self.url, self.ended = None, False
        self.threads = [threading.Thread(target=self.post, daemon=True) for _ in range(POSTERS)]
        for thread in self.threads:
            thread.start()

    def take(self):
        with self.lock:
            first, self.next = self.next, self.next + RECORDS_A_POST
            return range(first, first + RECORDS_A_POST)

    def post(self):
        rest, url = None, None
        while not self.ended:
            if self.url is None:
                time.sleep(0.001)
                continue
            if url != self.url:
                url, rest = self.url, Rest(self.url, timeout=10)
            numbers = self.take()
            try:
                rest.produce("kill.geo", [{"ind": n, "country": "Chad"} for n in numbers])
            except Exception:  # killed in the middle: not acked, maybe stored
                continue
            with self.lock:
                self.acked.update(numbers)

    def end(self):
        self.ended = True
        for thread in self.threads:
            thread.join(30)


def check(server, acked):
    """What is wrong, in words."""
    wrong = []
    for name, statement in (
            ("the log", """SELECT (value->>'ind')::BIGINT AS n FROM raw."kill.geo" """),
            ("the clean table", 'SELECT ind AS n FROM clean."kill_geo"')):
        found = server.sql(f"SELECT count(*) AS rows, count(DISTINCT n) AS numbers FROM ({statement})")[0]
        if found["rows"] != found["numbers"]:
            wrong.append(f"{name}: {found['rows'] - found['numbers']} records twice")
        there = {row["n"] for row in server.sql(statement)}
        if lost := acked - there:
            wrong.append(f"{name}: {len(lost)} acked records lost, the first {sorted(lost)[:5]}")
    return wrong


def run(kills, seed, data):
    chance, load = random.Random(seed), Load()
    server = Pinflow(data)
    try:
        for number in range(kills):
            server.start()
            load.url = server.http
            time.sleep(chance.uniform(0.05, 0.6))
            load.url = None
            server.kill()
            print(f"\rkill {number + 1} of {kills}, {len(load.acked)} records acked", end="", file=sys.stderr)
        load.end()
        print(file=sys.stderr)
        server.start()
        server.drain("120s")
        wrong = check(server, load.acked)
        server.stop()
    finally:
        load.ended = True
        if server.process and server.process.poll() is None:
            server.process.kill()
    return len(load.acked), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        acked, wrong = run(options.kills, options.seed, options.data or pathlib.Path(folder) / "data")
    print(f"{options.kills} kills, {acked} records acked: " + ("none lost, none twice" if not wrong else "; ".join(wrong)))
    return 1 if wrong or not acked else 0


if __name__ == "__main__":
    sys.exit(main())
