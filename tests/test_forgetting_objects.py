"""`pinflow delete` and the objects that connectors wrote: whatever they do meanwhile, and through kills."""
import json
import os
import random
import threading
import time

import pytest

from harness import Rest, command
from harness.connectors import Sink, wait
from harness.s3 import KEYS, s3_server

FIELD = "io.confluent.connect.storage.partitioner.FieldPartitioner"


def delete(server, where, *arguments, check=True):
    return server.run("delete", "clean.x_user", "--where", where, *arguments, check=check)


def forget(server, where, *arguments):
    return json.loads(delete(server, where, *arguments).stdout)


def inds(sink):
    """Of every line in the bucket, in order."""
    lines = [line for contents in sink.objects().values() for line in contents.decode().splitlines()]
    return sorted(json.loads(line)["ind"] for line in lines)


def rows(first, count, age=30):
    return [{"ind": ind, "age": age} for ind in range(first, first + count)]


def sink_with(server, count, **settings):
    """A sink, and `count` rows in its bucket."""
    Rest(server.http).produce("x.user", rows(0, count))
    server.drain()
    sink = Sink(server, "fo", r"x\.user", **settings)
    assert wait(lambda: inds(sink) == list(range(count))), (inds(sink), sink.status())
    return sink


def test_objects_are_counted_and_cleaned_and_stay_so(make_server):
    server = make_server()
    sink = sink_with(server, 100, flush__size="10")
    expected = {"rows": 2, "files": 1, "quarantined": 0, "unjudged": 0,
                "objects": {"objects": 1, "records": 2, "unjudged": 0}}
    assert forget(server, "ind IN (42, 43)", "--dry-run") == expected
    assert inds(sink) == list(range(100))
    done = forget(server, "ind IN (42, 43)")
    assert (done["done"], done["rows"], done["objects"]) == (True, 2, expected["objects"])
    left = [ind for ind in range(100) if ind not in (42, 43)]
    assert inds(sink) == left
    assert forget(server, "ind >= 90")["objects"] == {"objects": 1, "records": 10, "unjudged": 0}
    assert len(sink.objects()) == 9, "of one nothing was left"
    left = left[:-10]
    line, = [json.loads(line) for line in (server.data / "lake/forgotten.ndjson").read_text().splitlines()
             if "42" in json.loads(line)["where"]]
    assert line["topics"] == {"x.user": {"0": 100}} and line["objects"]["done"] and line["objects"]["records"] == 2

    # Who comes again is new, and everything is read once more from the log.
    Rest(server.http).produce("x.user", rows(42, 1, age=99) + rows(100, 9))
    assert wait(lambda: inds(sink) == sorted(left + [42] + list(range(100, 109))))
    sink.ask("PUT", "/connectors/fo/stop")
    assert sink.ask("DELETE", "/connectors/fo/offsets").status_code == 200
    server.stop()
    server.start()
    sink.ask("PUT", "/connectors/fo/resume")
    assert wait(lambda: sink.ask("GET", "/connectors/fo/offsets").json()["offsets"])
    assert wait(lambda: sink.ask("GET", "/connectors/fo/offsets").json()["offsets"][0]["offset"]["kafka_offset"] == 110)
    assert inds(sink) == sorted(left + [42] + list(range(100, 109)))


def test_what_waits_for_company_is_forgotten_before_it_is_written(make_server):
    server = make_server()
    rest = Rest(server.http)
    rest.produce("x.user", rows(0, 50))
    server.drain()
    sink = Sink(server, "fo", r"x\.user", flush__size="120")
    rest.produce("x.user", rows(50, 50))
    assert wait(lambda: server.value('SELECT count(*) FROM clean."x_user"') == 100)  # a drain would end the object
    done = forget(server, "ind < 90")
    assert done["done"] and done["objects"]["objects"] == 0, done
    assert not sink.objects()
    rest.produce("x.user", rows(0, 20))
    assert list(sink.wait_objects(1)) == ["topics/x.user/partition=0/x.user+0+0000000000.json"]
    assert inds(sink) == sorted(list(range(90, 100)) + list(range(20))), "records that came later are others"


@pytest.mark.parametrize("state", ["pause", "stop"])
def test_connectors_that_do_not_run_are_reached(make_server, state):
    server = make_server()
    sink = sink_with(server, 30, flush__size="5", partitioner__class=FIELD, partition__field__name="ind",
                     s3__compression__type="none")
    sink.ask("PUT", f"/connectors/fo/{state}")
    done = forget(server, "ind < 10")
    assert done["done"] and done["objects"] == {"objects": 10, "records": 10, "unjudged": 0}
    assert inds(sink) == list(range(10, 30))
    assert not [key for key in sink.objects() if "/ind=1/" in key], "names tell of people too"
    sink.ask("PUT", "/connectors/fo/resume")
    Rest(server.http).produce("x.user", rows(30, 5))
    assert wait(lambda: inds(sink) == list(range(10, 35)))


def test_objects_of_connectors_that_are_gone_are_reached(make_server):
    server = make_server()
    sink = sink_with(server, 10)
    moved = sink.ask("GET", "/connectors/fo/config").json() | {"topics.dir": "other"}
    assert sink.ask("PUT", "/connectors/fo/config", moved).status_code == 200
    Rest(server.http).produce("x.user", rows(10, 5))
    assert wait(lambda: inds(sink) == list(range(15)))
    server.drain()
    assert sink.ask("DELETE", "/connectors/fo").status_code == 204
    server.stop()
    server.start()
    done = forget(server, "ind IN (3, 4, 12)")
    assert done["done"] and done["objects"] == {"objects": 3, "records": 3, "unjudged": 0}
    assert inds(sink) == [ind for ind in range(15) if ind not in (3, 4, 12)]


def test_a_store_that_is_away(make_server):
    server = make_server()
    sink = sink_with(server, 6)
    away = sink.ask("GET", "/connectors/fo/config").json() | {
        "store.url": "http://127.0.0.1:1", "name": "away", "s3.part.retries": "0", "aws.access.key.id": "a",
        "aws.secret.access.key": "b"}
    assert sink.ask("POST", "/connectors", {"name": "away", "config": away}).status_code == 201

    def is_begun():
        return '"never_began"' not in (server.data / "connectors.json").read_text()
    assert wait(is_begun)
    drained = server.run("drain", "--timeout", "2s", check=False)
    assert "connector away lags by 6 records: " in drained.stderr and "does not answer" in drained.stderr, drained.stderr
    counted = delete(server, "ind = 3", "--dry-run", check=False)
    assert counted.returncode == 2 and "not counted: objects of the connector away: " in counted.stderr, counted.stderr
    found = json.loads(counted.stdout)["objects"]
    assert (found["objects"], found["records"], len(found["unseen"])) == (1, 1, 1), found

    result = delete(server, "ind = 3", "--timeout", "4s", check=False)
    assert result.returncode == 2, (result.stdout, result.stderr)
    *told, last = result.stderr.splitlines()
    assert "not done yet: objects of the connector away: " in last, result.stderr
    assert told and len(told) == len(set(told)), "each change once"
    assert inds(sink) == [0, 1, 2, 4, 5], "the other one is done"
    assert sink.ask("DELETE", "/connectors/away").status_code == 204

    def former(*arguments):
        return command("connectors", "former", *arguments, "--url", server.ready["connect"]).stdout
    place, = json.loads(former("--format", "json"))
    assert place["connector"] == "away" and "store.url=http://127.0.0.1:1" in place["place"]
    former("--rm", place["place"])
    assert json.loads(former("--format", "json")) == []

    def is_done():
        return "done" in json.loads((server.data / "lake/forgotten.ndjson").read_text()).get("objects", {})
    assert wait(is_done, 60), server.data


def test_connectors_made_by_mistake_hold_nobody_up(make_server, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = make_server()
    sink = sink_with(server, 6)
    config = sink.ask("GET", "/connectors/fo/config").json()

    def states(name):
        status = sink.ask("GET", f"/connectors/{name}/status").json()
        return {task["state"] for task in status["tasks"]}
    for name, url in (("elsewhere", "file:///etc"), ("keyless", "http://127.0.0.1:1")):
        wrong = {"name": name, "config": config | {"name": name, "store.url": url, "tasks.max": "1"}}
        assert sink.ask("POST", "/connectors", wrong).status_code == 201
        assert wait(lambda: states(name) == {"FAILED"}), sink.ask("GET", f"/connectors/{name}/status").text
    assert forget(server, "ind = 2", "--timeout", "20s")["done"]
    assert sink.ask("DELETE", "/connectors/keyless").status_code == 204
    right = config | {"name": "elsewhere", "topics.dir": "beside"}
    assert sink.ask("PUT", "/connectors/elsewhere/config", right).status_code == 200
    assert not (server.data / "former_connectors.json").exists()
    assert wait(lambda: inds(sink).count(5) == 2)
    assert forget(server, "ind = 4", "--timeout", "20s")["done"]
    assert inds(sink) == [0, 0, 1, 1, 3, 3, 5, 5]


@pytest.mark.parametrize("settings", [{"flush__size": "1"}, {"flush__size": "7"}], ids=["each", "sevens"])
def test_kills(make_server, settings):
    server = make_server()
    sink = Sink(server, "fo", r"x\.user", **settings)
    seeded = random.Random(7)
    for round in range(5):
        rest = Rest(server.http)
        for _ in range(4):
            rest.produce("x.user", rows(round * 100, 25, age=round + 20))
        asked = threading.Thread(target=lambda: delete(server, f"ind % 10 = {round}", check=False))
        asked.start()
        time.sleep(seeded.random() * 0.4)
        server.kill()
        asked.join()
        server.start()
    server.drain()
    for round in range(5):
        assert forget(server, f"ind % 10 = {round}")["done"]
    # Each row came four times in each round.
    left = [round * 100 + i for round in range(5) for i in range(25) if i % 10 > 4 for _ in range(4)]
    Rest(server.http).produce("x.user", rows(1005, 7))  # with them all of the others are in objects
    assert wait(lambda: [ind for ind in inds(sink) if ind < 1000] == left, 60), (inds(sink), left, sink.status())


@pytest.mark.slow
def test_objects_in_a_store(binary, make_server, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with s3_server(tmp_path) as s3:
        s3.client.create_bucket(Bucket="user-fo-bucket")
        server = make_server()
        Rest(server.http).produce("x.user", rows(0, 50))
        server.drain()
        Sink(server, "fo", r"x\.user", flush__size="10", s3__compression__type="gzip", store__url=s3.endpoint,
             aws__access__key__id=KEYS["AWS_ACCESS_KEY_ID"], aws__secret__access__key=KEYS["AWS_SECRET_ACCESS_KEY"])

        def found():
            import gzip
            listed = s3.client.list_objects_v2(Bucket="user-fo-bucket").get("Contents", [])
            texts = [gzip.decompress(s3.client.get_object(Bucket="user-fo-bucket", Key=each["Key"])["Body"].read())
                     for each in listed]
            return sorted(json.loads(line)["ind"] for text in texts for line in text.splitlines())

        assert wait(lambda: found() == list(range(50)))
        assert forget(server, "ind < 15")["objects"] == {"objects": 2, "records": 15, "unjudged": 0}
        assert found() == list(range(15, 50))
        assert len(s3.client.list_objects_v2(Bucket="user-fo-bucket")["Contents"]) == 4
