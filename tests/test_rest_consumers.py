"""Consumers of the REST Proxy, as their clients use them (requests, a connection each): alone, side by side, beside
members that speak Kafka, over time-outs, kills and restarts."""
import concurrent.futures
import json
import subprocess
import threading
import time

import pytest
import requests

from harness import ROOT
from harness.clients import BINARY_V2, JSON_V2

V2 = "application/vnd.kafka.v2+json"
MEMBER = ROOT / "tests/kafka_clients/classic_member.py"


def produce(server, topic, values, partition=None):
    records = [{"value": value} | ({} if partition is None else {"partition": partition}) for value in values]
    answer = requests.post(f"{server.http}/topics/{topic}", json.dumps({"records": records}), timeout=30,
                           headers={"Content-Type": JSON_V2})
    assert answer.status_code == 200, answer.text


class Instance:
    """One consumer instance, by the base_uri that it was given."""

    def __init__(self, server, group, path="", **config):
        config = {"format": "json", "auto.offset.reset": "earliest"} | config
        answer = requests.post(f"{server.http}{path}/consumers/{group}", json.dumps(config), timeout=30,
                               headers={"Content-Type": V2})
        assert answer.status_code == 200, answer.text
        self.name, self.uri = answer.json()["instance_id"], answer.json()["base_uri"]
        self.accept = JSON_V2 if config["format"] == "json" else BINARY_V2

    def call(self, method, path, body=None, expect=(200, 204), **headers):
        answer = requests.request(method, f"{self.uri}{path}", data=json.dumps(body) if body is not None else None,
                                  timeout=60, headers={"Content-Type": V2, **headers})
        if expect:
            assert answer.status_code in expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def subscribe(self, *topics):
        assert self.call("POST", "/subscription", {"topics": topics}).status_code == 204
        assert self.records() == []  # the first read of a subscription: as the real proxy answers it
        return self

    def records(self, query=""):
        return self.call("GET", f"/records{query}", Accept=self.accept).json()

    def values(self, count, seconds=30):
        """Reads until so many values have come."""
        got, end = [], time.time() + seconds
        while len(got) < count:
            assert time.time() < end, f"only {len(got)} of {count} records: {got[:20]}"
            got += [record["value"] for record in self.records()]
        return got

    def assigned(self):
        return [(p["topic"], p["partition"]) for p in self.call("GET", "/assignments").json()["partitions"]]

    def delete(self):
        assert self.call("DELETE", "").status_code == 204


def until(what, condition, seconds=40):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, f"{what}: not within {seconds} s"
        time.sleep(0.1)


def error(answer, status, code):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error_code", "message"} and body["error_code"] == code, body
    return body["message"]


@pytest.fixture
def topic(server, request):
    """A topic of the test's own, with four partitions."""
    name = "rc." + "".join(c if c.isalnum() else "." for c in request.node.name)[:200]
    server.run("topics", "create", name, "--partitions", "4")
    return name


# ---- what people's programs do

def test_the_checker_of_a_posting_emulator(server):
    """A student's check: a fixed path, the answer of the first read thrown away, the second one kept."""
    rows = [{"index": i, "title": "caf\u00e9"} for i in range(50)]
    produce(server, "checked.pin", rows)
    base = f"{server.http}/test/consumers/students"
    headers = {"Content-Type": V2}
    made = requests.post(base, headers=headers, timeout=30, data=json.dumps(
        {"name": "check", "format": "json", "auto.offset.reset": "earliest"}))
    assert made.json() == {"instance_id": "check", "base_uri": f"{base}/instances/check"}
    assert made.headers["Content-Type"] == V2
    subscribed = requests.post(f"{base}/instances/check/subscription", headers=headers, timeout=30,
                               data=json.dumps({"topics": ["checked.pin"]}))
    assert (subscribed.status_code, subscribed.content) == (204, b"")
    first = requests.get(f"{base}/instances/check/records", headers={"Accept": JSON_V2}, timeout=30)
    assert first.json() == []
    second = requests.get(f"{base}/instances/check/records", headers={"Accept": JSON_V2}, timeout=30)
    assert second.headers["Content-Type"] == JSON_V2
    assert second.json() == [{"topic": "checked.pin", "key": None, "value": row, "partition": 0, "offset": i}
                             for i, row in enumerate(rows)]
    assert list(second.json()[0]) == ["topic", "key", "value", "partition", "offset"]
    deleted = requests.delete(f"{base}/instances/check", headers=headers, timeout=30)
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_behind_a_load_balancer(server):
    answer = requests.post(f"{server.http}/prod/consumers/lb", timeout=30, headers={
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.org"})
    assert answer.json()["base_uri"].startswith("https://api.example.org/prod/consumers/lb/instances/rest-consumer-")


def test_binary(server):
    produce(server, "rc.binary", [{"a": 1}])
    instance = Instance(server, "rc.binary", format="binary").subscribe("rc.binary")
    assert instance.values(1) == ["eyJhIjoxfQ=="]
    instance.delete()


def test_a_long_poll_ends_with_the_first_record(server, topic):
    instance = Instance(server, topic, **{"consumer.request.timeout.ms": 30000}).subscribe(topic)
    began = time.monotonic()
    threading.Timer(0.5, produce, (server, topic, ["here"])).start()
    assert [record["value"] for record in instance.records()] == ["here"]
    assert 0.4 < time.monotonic() - began < 10
    began = time.monotonic()
    assert instance.records("?timeout=300") == []
    assert 0.29 < time.monotonic() - began < 5
    instance.delete()


def test_a_whole_table_with_max_bytes(server):
    rows = [{"index": i, "text": "x" * 500} for i in range(5000)]
    produce(server, "rc.table", rows)
    instance = Instance(server, "rc.table").subscribe("rc.table")
    got = []
    while len(got) < len(rows):
        some = instance.records("?max_bytes=100000")
        assert some and sum(len(json.dumps(record["value"])) for record in some) < 110_000
        got += [record["value"] for record in some]
    assert got == rows
    instance.call("POST", "/positions/beginning", {"partitions": []})
    assert instance.values(len(rows)) == rows
    instance.delete()


# ---- groups

def test_two_instances_share_four_partitions(server, topic):
    one, two = Instance(server, topic).subscribe(topic), Instance(server, topic).subscribe(topic)
    until("two partitions each", lambda: sorted(map(len, (one.assigned(), two.assigned()))) == [2, 2])
    assert sorted(one.assigned() + two.assigned()) == [(topic, i) for i in range(4)]
    for partition in range(4):
        produce(server, topic, [f"{partition}.{i}" for i in range(25)], partition)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda instance: instance.values(50), (one, two)))
    assert sorted(both[0] + both[1]) == sorted(f"{p}.{i}" for p in range(4) for i in range(25))
    one.delete()
    until("the other has all", lambda: len(two.assigned()) == 4)
    for partition in range(4):
        produce(server, topic, [f"late {partition}"], partition)
    assert sorted(two.values(4)) == [f"late {p}" for p in range(4)]
    two.delete()


@pytest.mark.parametrize("library", ["confluent", "kafka_python"])
@pytest.mark.parametrize("first", ["rest", "kafka"])
def test_beside_a_member_that_speaks_kafka(server, topic, kafka_python, library, first):
    """Either may be the leader, who computes the assignment for both."""
    def start():
        return subprocess.Popen([kafka_python, MEMBER, library, server.ready["kafka"], topic, topic], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    lines, values = [], []

    def listen(member):
        for line in member.stdout:
            told = json.loads(line)
            (lines if "partitions" in told else values).append(told)

    member = start() if first == "kafka" else None
    if member:
        listener = threading.Thread(target=listen, args=(member,), daemon=True)
        listener.start()
        until("the member is alone", lambda: lines and lines[-1]["partitions"] == [0, 1, 2, 3])
    instance = Instance(server, topic).subscribe(topic)
    if not member:
        until("the instance is alone", lambda: len(instance.assigned()) == 4)
        member = start()
        listener = threading.Thread(target=listen, args=(member,), daemon=True)
        listener.start()
    try:
        until("two partitions each", lambda: len(instance.assigned()) == 2 and lines and
              sorted(lines[-1]["partitions"] + [p for _, p in instance.assigned()]) == [0, 1, 2, 3])
        for partition in range(4):
            produce(server, topic, [{"p": partition, "i": i} for i in range(10)], partition)
        here = instance.values(20)
        until("the member has its half", lambda: len(values) >= 20)
        everything = [json.dumps(v) for v in here] + [json.dumps(json.loads(v["value"])) for v in values]
        assert sorted(everything) == sorted(json.dumps({"p": p, "i": i}) for p in range(4) for i in range(10))
    finally:
        member.stdin.close()
        member.wait(30)
    until("the instance has all", lambda: len(instance.assigned()) == 4)
    for partition in range(4):
        produce(server, topic, [f"late {partition}"], partition)
    assert sorted(instance.values(4)) == [f"late {p}" for p in range(4)]
    instance.delete()


def test_patterns_and_topics_that_come_later(server):
    produce(server, "rcp.one", [1])
    instance = Instance(server, "rcp")
    instance.call("POST", "/subscription", {"topic_pattern": "rcp\\..*"})
    assert instance.call("GET", "/subscription").json() == {"topics": ["rcp.one"]}
    assert instance.records() == []
    assert instance.values(1) == [1]
    produce(server, "rcp.two", [2])
    assert instance.values(1) == [2]
    assert instance.call("GET", "/subscription").json() == {"topics": ["rcp.one", "rcp.two"]}
    instance.delete()


def test_a_topic_that_grows(server, topic, kafka_python):
    instance = Instance(server, topic).subscribe(topic)
    until("four partitions", lambda: len(instance.assigned()) == 4)
    script = ("import sys; from confluent_kafka.admin import AdminClient, NewPartitions; "
              "admin = AdminClient({'bootstrap.servers': sys.argv[1]}); "
              "admin.create_partitions([NewPartitions(sys.argv[2], 6)])[sys.argv[2]].result(20)")
    subprocess.run([kafka_python, "-c", script, server.ready["kafka"], topic], check=True, timeout=60)
    until("six partitions", lambda: len(instance.assigned()) == 6)
    instance.delete()


# ---- positions and offsets

def test_positions(server, topic):
    produce(server, topic, list(range(10)), 0)
    before = time.time()
    time.sleep(0.05)
    produce(server, topic, list(range(10, 20)), 0)
    instance = Instance(server, topic)
    instance.call("POST", "/assignments", {"partitions": [{"topic": topic, "partition": 0}]})
    part = {"topic": topic, "partition": 0}
    assert instance.values(20) == list(range(20))
    instance.call("POST", "/positions", {"offsets": [{**part, "offset": 15, "metadata": "m"}]})
    assert instance.values(5)[0] == 15
    for when in (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before)) + f".{int(before % 1 * 1000) + 1:03d}Z",
                 before + 0.001):
        instance.call("POST", "/positions", {"timestamps": [{**part, "timestamp": when}]})
        assert instance.values(10)[0] == 10
    instance.call("POST", "/positions/beginning", {"partitions": [part]})
    assert instance.values(20)[0] == 0
    instance.call("POST", "/positions/beginning", {"partitions": [part]})
    instance.call("POST", "/positions/end", {"partitions": [part]})
    assert instance.records("?timeout=100") == []
    instance.delete()


def test_offsets_are_committed_as_they_were_read(server, topic):
    produce(server, topic, list(range(10)), 1)
    instance = Instance(server, topic, **{"auto.commit.enable": "false"}).subscribe(topic)
    asked = {"partitions": [{"topic": topic, "partition": p} for p in range(4)]}
    assert instance.values(10) == list(range(10))
    assert instance.call("GET", "/offsets", asked).json() == {"offsets": []}
    assert instance.call("POST", "/offsets").json() == []
    committed = {o["partition"]: o["offset"] for o in instance.call("GET", "/offsets", asked).json()["offsets"]}
    assert committed[1] == 10
    instance.call("POST", "/offsets", {"offsets": [{"topic": topic, "partition": 1, "offset": 4, "metadata": "x"}]})
    told = [o for o in instance.call("GET", "/offsets", asked).json()["offsets"] if o["partition"] == 1]
    assert told == [{"topic": topic, "partition": 1, "offset": 5, "metadata": "x"}]
    instance.delete()
    again = Instance(server, topic).subscribe(topic)
    assert again.values(5) == list(range(5, 10))
    again.delete()


def test_committed_offsets_survive_a_kill(make_server):
    server = make_server()
    produce(server, "kept", list(range(10)))
    instance = Instance(server, "kept", name="i").subscribe("kept")
    assert instance.values(10) == list(range(10))
    assert instance.call("POST", "/offsets").json() == []
    server.kill()
    server = make_server()
    assert error(requests.get(f"{server.http}/consumers/kept/instances/i/records", timeout=30), 404, 40403)
    produce(server, "kept", ["after"])
    # The member of before is in its group until its session has ended, as after the kill of any consumer.
    instance = Instance(server, "kept", name="i").subscribe("kept")
    assert instance.values(1, seconds=100) == ["after"]
    server.stop()
    server = make_server()
    produce(server, "kept", ["once more"])
    instance = Instance(server, "kept").subscribe("kept")
    assert instance.values(1) == ["once more"], "a stop commits what was read, and leaves"


# ---- limits and errors

def test_instances_that_nobody_touches_go(make_server, tmp_path):
    config = tmp_path / "pinflow.toml"
    config.write_text('[rest]\nconsumer.instance.timeout.ms = 1500\nconsumer.instances.max = 2\nfirst.poll = "data"\n')
    server = make_server("--config", config, kafka=None)  # groups are there without the Kafka door
    produce(server, "t", [1])
    instance = Instance(server, "g")
    instance.call("POST", "/subscription", {"topics": ["t"]})
    assert [record["value"] for record in instance.records()] == [1], "rest.first.poll = data"
    Instance(server, "g")
    full = requests.post(f"{server.http}/consumers/g", timeout=30)
    assert "rest.consumer.instances.max" in error(full, 503, 50301)
    time.sleep(1)
    instance.call("GET", "/subscription")
    time.sleep(1)
    instance.call("GET", "/subscription")
    time.sleep(3)
    error(instance.call("GET", "/subscription", expect=None), 404, 40403)
    Instance(server, "g")


def test_a_wrong_setting_is_named(make_server, tmp_path):
    config = tmp_path / "pinflow.toml"
    config.write_text('rest.first.poll = "never"\n')
    with pytest.raises(AssertionError, match='rest.first.poll = "never": write empty or data'):
        make_server("--config", config)


def test_every_error(server, topic):
    base, headers = f"{server.http}/consumers/{topic}", {"Content-Type": V2}

    def create(body, **more):
        return requests.post(base, body, timeout=30, headers={**headers, **more})
    assert create('{"name":"e","format":"json"}').status_code == 200
    error(create('{"name":"e"}'), 409, 40902)
    error(create('{"format":"avro"}'), 422, 42204)
    error(create('{"format":"yaml"}'), 422, 422)
    error(create('{"auto.offset.reset":"smallest"}'), 422, 42204)
    error(create('{"fetch.min.bytes":-2}'), 422, 40001)
    error(create('{"colour":"red"}'), 422, 422)
    error(create('{'), 400, 400)
    error(create('{}', **{"Content-Type": "application/json"}), 415, 415)
    error(create('{}', Accept="text/html"), 406, 406)

    def at(method, path, body=None, **more):
        return requests.request(method, f"{base}/instances/e{path}", data=json.dumps(body) if body is not None else None,
                                timeout=30, headers={**headers, **more})
    part = {"topic": topic, "partition": 0}
    error(at("GET", "/records"), 409, 40903)
    error(at("GET", "/records", Accept=BINARY_V2), 406, 40601)
    error(at("GET", "/records?timeout=soon"), 404, 404)
    error(at("POST", "/subscription"), 422, 422)
    error(at("POST", "/positions", {"offsets": [{**part, "offset": 0}]}), 409, 40903)
    assert at("POST", "/subscription", {"topics": [topic]}).status_code == 204
    error(at("POST", "/assignments", {"partitions": [part]}), 409, 40903)
    error(at("POST", "/subscription", {"topic_pattern": ".*"}), 409, 40903)
    error(at("POST", "/positions", {"offsets": [{**part, "offset": -1}]}), 422, 422)
    error(at("POST", "/positions/end", {"partitions": [{**part, "partition": 9}]}), 409, 40903)
    error(at("POST", "/offsets", {"offsets": [{**part, "partition": 9, "offset": 0}]}), 404, 40402)
    error(at("POST", "/offsets", {"offsets": [{"topic": "no.such", "partition": 0, "offset": 0}]}), 404, 40401)
    error(at("GET", "/offsets"), 404, 40402)
    error(at("PUT", "/offsets"), 405, 405)
    error(at("GET", "/lag"), 404, 404)
    assert at("DELETE", "").status_code == 204
    for method, path in [("GET", "/records"), ("GET", "/subscription"), ("DELETE", ""), ("GET", "/assignments")]:
        assert error(at(method, path), 404, 40403) == "Consumer instance not found."


def test_a_value_that_is_not_json(server):
    requests.post(f"{server.http}/topics/rc.mixed", '{"records":[{"value":"e3s="},{"value":"MQ=="}]}', timeout=30,
                  headers={"Content-Type": BINARY_V2}).raise_for_status()
    instance = Instance(server, "rc.mixed").subscribe("rc.mixed")
    for _ in range(2):
        message = error(instance.call("GET", "/records", expect=None, Accept=JSON_V2), 500, 50002)
        assert "Topic rc.mixed, partition 0: the value of offset 0 is not JSON" in message
    instance.call("POST", "/positions", {"offsets": [{"topic": "rc.mixed", "partition": 0, "offset": 1}]})
    assert instance.values(1) == [1]
    instance.delete()


def test_many_instances_cost_little(make_server):
    server = make_server()
    for i in range(10):
        server.run("topics", "create", f"many.{i}", "--partitions", "1")
    before = server.memory_bytes()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        instances = list(pool.map(lambda i: Instance(server, f"many.{i}").subscribe(f"many.{i % 10}"), range(300)))
        time.sleep(2)
        used = server.cpu_seconds()
        time.sleep(5)
        assert server.cpu_seconds() - used < 1.5, "idle members only send heartbeats"
        assert server.memory_bytes() - before < 100 << 20
        produce(server, "many.3", ["x"])
        assert instances[3].values(1) == ["x"]
        list(pool.map(Instance.delete, instances))
    assert "pinflow_rest_consumer_instances 0" in requests.get(f"{server.console}/metrics", timeout=10).text
