#!/usr/bin/env python3
"""kill -9 under load, again and again: what was acked is in the log, in the tables and in a connector's objects, once.

Usage: tests/kill_loop.py [--kills N] [--seed N] [--data DIR]
Posters send numbered records by the REST Proxy path and by the Kinesis path and never send one again, so a number may
be in the log at most once, and must be there if it was acked. One record in 20 cannot be cleaned and must be in
quarantine once; all others must be in the clean table once. An S3 sink cuts objects by number and by the clock. Meanwhile
tables are rebuilt from the log, rows are asked to be forgotten and must stay away, and files are compacted. Every fourth
kill comes while Pinflow starts (recovery is killed too).
Ends with exit code 1 and the numbers when that does not hold.
"""
import argparse
import json
import pathlib
import random
import sys
import tempfile
import threading
import time

import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Pinflow, Rest, Streams  # noqa: E402

POSTERS, RECORDS_A_POST = 4, 20
STREAM = "streaming-kill-geo"
TOPIC = "kill.geo"
DOORS = {"rest": (TOPIC, "kill_geo"), "kinesis": (STREAM, "kill_geo_table")}  # topic and table

CONNECTOR = {"connector.class": "io.confluent.connect.s3.S3SinkConnector", "topics": TOPIC, "s3.bucket.name": "kill",
             "s3.region": "us-east-1", "storage.class": "io.confluent.connect.s3.storage.S3Storage",
             "format.class": "io.confluent.connect.s3.format.json.JsonFormat", "schema.compatibility": "NONE",
             "key.converter": "org.apache.kafka.connect.storage.StringConverter",
             "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
             "flush.size": "170", "rotate.schedule.interval.ms": "400", "timezone": "UTC"}


def is_bad(number):
    return number % 20 == 7


def record(number):
    return {"n": number} if is_bad(number) else {"ind": number, "country": "Chad"}


class Load:
    """Posters that go on over restarts; keeps which numbers were acked by which door."""

    def __init__(self):
        self.lock, self.next = threading.Lock(), 0
        self.acked = {door: set() for door in DOORS}
        self.url, self.ended = None, False
        doors = list(DOORS) * (POSTERS // len(DOORS))
        self.threads = [threading.Thread(target=self.post, args=(door,), daemon=True) for door in doors]
        for thread in self.threads:
            thread.start()

    def take(self):
        with self.lock:
            first, self.next = self.next, self.next + RECORDS_A_POST
            return range(first, first + RECORDS_A_POST)

    def post(self, door):
        client, url = None, None
        while not self.ended:
            if self.url is None:
                time.sleep(0.001)
                continue
            if url != self.url:
                url = self.url
                client = Rest(url, timeout=10) if door == "rest" else Streams(url, timeout=10)
            numbers = self.take()
            try:
                if door == "rest":
                    client.produce(TOPIC, map(record, numbers))
                else:
                    client.put_all(STREAM, map(record, numbers))
            except Exception:  # killed in the middle: not acked, maybe stored
                continue
            with self.lock:
                self.acked[door].update(numbers)

    def count(self):
        return sum(map(len, self.acked.values()))

    def some(self, door, chance, count):
        """Numbers that were acked, of those that can be cleaned."""
        with self.lock:
            numbers = [number for number in self.acked[door] if not is_bad(number)]
        return chance.sample(numbers, min(count, len(numbers)))

    def end(self):
        self.ended = True
        for thread in self.threads:
            thread.join(30)


class Chores:
    """Rebuilds and requests to forget, which a kill meets anywhere; keeps what was asked for and what was promised."""

    def __init__(self, load, seed):
        self.load, self.chance = load, random.Random(seed)
        self.rebuilds, self.compactions, self.requests = 0, 0, []
        self.asked, self.forgotten = {door: set() for door in DOORS}, {door: set() for door in DOORS}

    def do_one(self, console):
        door = self.chance.choice(list(DOORS))
        what = "rebuild" if self.chance.random() < 0.7 else "forget"
        body = {"table": DOORS[door][1], "timeout_ms": 1}
        if what == "forget":
            numbers = self.load.some(door, self.chance, 3)
            if not numbers:
                return
            self.asked[door].update(numbers)
            body["where"] = f"ind IN ({', '.join(map(str, numbers))})"
        try:
            answer = requests.post(f"{console}/api/{what}", json=body, timeout=10)
        except requests.RequestException:  # killed: nobody knows whether it was heard
            return
        assert answer.status_code == 200, (what, body, answer.text)
        if what == "forget":
            self.forgotten[door].update(numbers)
            self.requests.append(answer.json()["id"])
        else:
            self.rebuilds += 1

    def wait(self, console):
        """What is wrong, if a request is not carried out."""
        for id in self.requests:
            answer = requests.post(f"{console}/api/forget", json={"id": id, "timeout_ms": 60_000}, timeout=90).json()
            if not answer.get("done"):
                return [f"a request to forget is not done: {answer}"]
        return []


def objects(server):
    return sorted((server.data / "objects/kill/topics").rglob("*.json"))


def numbers_in_objects(server):
    return [(row := json.loads(line)).get("ind", row.get("n"))
            for path in objects(server) for line in path.read_text().splitlines()]


def wait_for_connector(server, patience_s=60):
    """What is wrong, if its tasks fail or come no further."""
    def ask(what):
        return requests.get(f"{server.ready['connect']}/connectors/kill/{what}", timeout=60).json()
    ends = {row["p"]: row["n"] for row in server.sql(
        f'SELECT partition AS p, max("offset") + 1 AS n FROM raw."{TOPIC}" GROUP BY ALL', timeout=300)}
    before, since = None, time.monotonic()
    while time.monotonic() - since < patience_s:
        if failed := [task["trace"] for task in ask("status")["tasks"] if task["state"] == "FAILED"]:
            return [f"the connector failed: {failed[0]}"]
        there = {each["partition"]["kafka_partition"]: each["offset"]["kafka_offset"] for each in ask("offsets")["offsets"]}
        if all(there.get(partition, 0) >= end for partition, end in ends.items()):
            return []
        if there != before:
            before, since = there, time.monotonic()
        time.sleep(0.2)
    return [f"the connector is at {before} and comes no further, the log ends at {ends}"]


def compactions(server):
    return sum('"operation":"OPTIMIZE"' in path.read_text() for path in server.data.glob("lake/*/*/_delta_log/*.json"))


def check_objects(server, acked, forgotten):
    """What is wrong with the connector's objects, once the last of them are written."""
    wrong = wait_for_connector(server)
    found = numbers_in_objects(server)
    if len(found) != len(set(found)):
        wrong.append(f"objects: {len(found) - len(set(found))} records twice")
    if len(found) < 10 * len(objects(server)):  # a post is 20 records
        wrong.append(f"{len(objects(server))} objects for {len(found)} records")
    if back := forgotten & set(found):
        wrong.append(f"objects: {len(back)} forgotten records are there, the first {sorted(back)[:5]}")
    if lost := acked - set(found):
        wrong.append(f"objects: {len(lost)} acked records lost, the first {sorted(lost)[:5]}")
    return wrong


def check(server, acked, chores):
    """What is wrong, in words."""
    wrong = chores.wait(server.console)
    wrong += check_objects(server, acked["rest"] - chores.asked["rest"], chores.forgotten["rest"])
    for door, (topic, table) in DOORS.items():
        good = {number for number in acked[door] if not is_bad(number)}
        there = {row["n"] for row in server.sql(f'SELECT ind AS n FROM clean."{table}"', timeout=300)}
        if back := chores.forgotten[door] & there:
            wrong.append(f"clean.{table}: {len(back)} forgotten rows are there, the first {sorted(back)[:5]}")
        for name, statement, owed in (
                (f"the log of {topic}", f"""SELECT coalesce(value->>'ind', value->>'n')::BIGINT AS n FROM raw."{topic}" """,
                 acked[door]),
                (f"clean.{table}", f'SELECT ind AS n FROM clean."{table}"', good - chores.asked[door]),
                (f"quarantine.{table}", f"""SELECT (decode(value)->>'n')::BIGINT AS n FROM quarantine."{table}" """,
                 acked[door] - good)):
            found = server.sql(f"SELECT count(*) AS rows, count(DISTINCT n) AS numbers FROM ({statement})")[0]
            if found["rows"] != found["numbers"]:
                wrong.append(f"{name}: {found['rows'] - found['numbers']} records twice")
            there = {row["n"] for row in server.sql(statement, timeout=300)}
            if lost := owed - there:
                wrong.append(f"{name}: {len(lost)} acked records lost, the first {sorted(lost)[:5]}")
    return wrong


def run(kills, seed, data):
    """(records acked, chores, what is wrong)"""
    chance, load = random.Random(seed), Load()
    chores = Chores(load, seed)
    server = Pinflow(data)
    try:
        server.start()
        Streams(server.http).create(STREAM)
        made = requests.post(server.ready["connect"] + "/connectors", json={"name": "kill", "config": CONNECTOR}, timeout=30)
        assert made.status_code == 201, made.text
        for number in range(kills):
            load.url = server.http
            pause = chance.uniform(0.05, 0.6)
            if number % 2 == 1:
                chores.do_one(server.console)
            time.sleep(pause)
            load.url = None
            server.kill()
            if number % 4 == 3:
                server.start_and_kill(chance.uniform(0, 0.25))
            print(f"\rkill {number + 1} of {kills}, {load.count()} records acked", end="", file=sys.stderr)
            server.start()
        load.end()
        print(file=sys.stderr)
        server.drain("120s")
        for _, table in DOORS.values():
            server.run("rebuild", f"clean.{table}", timeout=900)
        wrong = check(server, load.acked, chores)
        chores.compactions = compactions(server)
        server.stop()
    finally:
        load.ended = True
        if server.process and server.process.poll() is None:
            server.process.kill()
    return load.count(), chores, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        acked, chores, wrong = run(options.kills, options.seed, options.data or pathlib.Path(folder) / "data")
    print(f"{options.kills} kills, {acked} records acked, {chores.rebuilds} rebuilds, "
          f"{chores.compactions} compactions, {sum(map(len, chores.forgotten.values()))} rows forgotten: " +
          ("none lost, none twice" if not wrong else "; ".join(wrong)))
    return 1 if wrong or not acked else 0


if __name__ == "__main__":
    sys.exit(main())
