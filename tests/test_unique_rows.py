"""A table whose rows are unique: producers that run again, kill -9, several topics. Every offset is accounted for."""
import json
import random
import threading
import time

import pytest
import requests

from harness import Rest, command

ROWS = 3000
BAD = 20  # every 20th cannot be cleaned


@pytest.fixture
def pipeline(tmp_path):
    folder = tmp_path / "unique"
    folder.mkdir()
    (folder / "pipeline.toml").write_text("""
name = "shop"
[table.sale]
clean = "sale.sql"
unique = ["receipt", "article"]
sources = [{ topic = "{shop}.sales", table = "{shop}" }, { topic = "{shop}.more", table = "{shop}" }]
input = { receipt = "bigint", article = "text", price = "double" }
[[table.sale.expect]]
rule = "price"
check = "price >= 0"
""")
    (folder / "sale.sql").write_text("SELECT receipt, article, price FROM input")
    return folder


def sale(number):
    return {"receipt": number, "article": f"a{number % 7}", "price": -1 if number % BAD == 7 else number / 10}


def metrics(server):
    return requests.get(server.console + "/metrics", timeout=10).text


class Producer(threading.Thread):
    """Sends all rows from the first on whenever it is started, as those scripts do, until all were acked once."""

    def __init__(self, topic, seed):
        super().__init__()
        self.topic, self.random, self.url, self.acked = topic, random.Random(seed), None, False

    def run(self):
        while not self.acked:
            url, at = self.url, 0
            try:
                client = Rest(url, timeout=5)
                while at < ROWS:
                    count = self.random.randint(1, 200)
                    client.produce(self.topic, [sale(n) for n in range(at, min(at + count, ROWS))])
                    at += count
                    time.sleep(0.02)
                self.acked = True
            except Exception:  # killed: it runs again
                time.sleep(0.05)


def test_producers_that_run_again_through_kills(binary, make_server, pipeline):
    server = make_server("--pipelines", pipeline)
    producers = [Producer("north.sales", 1), Producer("north.more", 2)]
    for producer in producers:
        producer.url = server.http
        producer.start()
    chance = random.Random(3)
    for _ in range(6):
        time.sleep(chance.uniform(0.2, 0.9))
        server.kill()
        server.start()
        for producer in producers:
            producer.url = server.http
    for producer in producers:
        producer.join(120)
        assert producer.acked
    server.drain()
    good = {n for n in range(ROWS) if n % BAD != 7}
    assert server.value("SELECT count(*) FROM clean.north") == len(good)
    assert {row["receipt"] for row in server.sql("SELECT receipt FROM clean.north")} == good
    in_log = sum(server.value(f'SELECT count(*) FROM raw."{p.topic}"') for p in producers)
    quarantined = server.value("SELECT count(*) FROM quarantine.north")
    tables = [json.loads(line) for line in server.run("tables", "--format", "ndjson").stdout.splitlines()]
    dropped = next(t["duplicates"] for t in tables if (t["schema"], t["name"]) == ("clean", "north"))
    assert in_log > 2 * ROWS, "nobody was killed"
    assert len(good) + quarantined + dropped == in_log
    assert server.value("""SELECT count(*) - count(DISTINCT (_topic, _offset)) FROM (SELECT _topic, _offset FROM
        clean_rows.north UNION ALL SELECT _topic, _offset FROM quarantine.north)""") == 0
    server.stop()
    offline = [json.loads(line) for line in
               command("tables", "--data", server.data, "--format", "ndjson").stdout.splitlines()]
    assert next(t["duplicates"] for t in offline if (t["schema"], t["name"]) == ("clean", "north")) == dropped


def test_counted_where_people_look(binary, make_server, pipeline):
    server = make_server("--pipelines", pipeline)
    rest = Rest(server.http)
    rest.produce("south.sales", [sale(n) for n in range(5)])
    rest.produce("south.more", [sale(n) for n in range(10)])
    server.drain()
    assert server.value("SELECT count(*) FROM clean.south") == 9
    assert "pinflow_table_duplicates_total 5" in metrics(server)
    assert json.loads(server.run("delete", "clean.south", "--where", "receipt = 3").stdout)["rows"] == 1
    rest.produce("south.sales", [sale(3), sale(4)])
    server.drain()
    assert server.value("SELECT count(*) FROM clean.south") == 9, "what was deleted may come again"
    assert "pinflow_table_duplicates_total 6" in metrics(server)
    days = json.loads(server.run("quality", "south", "--format", "ndjson", check=False).stdout.splitlines()[-1])
    assert (days["rows"], days["quarantined"]) == (9, 1)
