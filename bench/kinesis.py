"""The Kinesis door: puts natively and through the gateway beside the REST Proxy, and reads."""
import base64
import contextlib
import json

from common import body, cpu_seconds, folder, pins, size, wrk
from harness import Pinflow, Streams
from report import Figure

SECONDS = size("SECONDS", 8)
ROUNDS = size("ROUNDS", 3)
RECORDS_A_PUT = 500
RECORDS_A_READ = 10_000
PLAIN_JSON = {"Content-Type": "application/json"}
RELAXED = """[topics]
write.caching = true
retention.bytes = 2000000000
segment.bytes = 250000000
"""


def native(action):
    return {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"}


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


def measure(server, way, connections=64):
    """(requests/s, p99 ms, CPU us a request) of (path, bodies, options for wrk)"""
    path, bodies, options = way
    before = cpu_seconds([server.pid])
    rate, p99, requests, errors = wrk(server.http + path, bodies, connections, SECONDS, **options)
    assert errors == 0, f"{errors} of {requests} requests were refused"
    return rate, p99, (cpu_seconds([server.pid]) - before) / requests * 1e6


def middle(values):
    return sorted(values)[len(values) // 2]


@contextlib.contextmanager
def relaxed():
    """A Pinflow whose topics and streams have write.caching on, and a stream of one shard."""
    with folder() as path:
        (path / "pinflow.toml").write_text(RELAXED)
        with Pinflow(path / "data", "--config", path / "pinflow.toml") as server:
            Streams(server.http).create("bench")
            yield server


def puts(server):
    """The same record at three doors, each an answer's worth of work apart."""
    pin = next(pins(1))
    through = json.dumps({"Data": json.loads(pin), "PartitionKey": "k"}, separators=(",", ":"))
    itself = json.dumps({"StreamName": "bench", "Data": in_base64(pin), "PartitionKey": "k"}, separators=(",", ":"))
    return {"REST Proxy": ("/topics/bench", [body([pin])], {}),
            "gateway": ("/prod/streams/bench/record", [through], {"method": "PUT", "headers": PLAIN_JSON}),
            "native": ("/", [itself], {"headers": native("PutRecord")})}


def kinesis_put():
    """PutRecord of 600 bytes natively and through the gateway, 64 connections, beside POST /topics"""
    with relaxed() as server:
        ways = puts(server)
        rounds = [{name: measure(server, way) for name, way in ways.items()} for _ in range(ROUNDS)]
    for name in ("gateway", "native"):
        ratio = middle([each[name][2] / each["REST Proxy"][2] for each in rounds])
        rate = middle([each[name][0] for each in rounds])
        cpu, peer = (middle([each[of][2] for each in rounds]) for of in (name, "REST Proxy"))
        yield Figure(f"PutRecord, {name}, 64 connections, relaxed: server CPU a request", "1.3 times POST /topics",
                     f"{ratio:.2f} times", 1.3 / ratio, f"POST /topics: {peer:.2f} us", f"{cpu:.2f} us a request",
                     f"{rate:,.0f} requests/s; medians of {ROUNDS}")


def kinesis_puts():
    """PutRecords of 500 records of 600 bytes, natively, 16 connections"""
    bodies = [json.dumps({"StreamName": "bench", "Records": [
        {"Data": in_base64(pin), "PartitionKey": f"key {n}"} for n, pin in
        enumerate(pins(RECORDS_A_PUT, i * RECORDS_A_PUT))]}) for i in range(20)]
    with relaxed() as server:
        way = "/", bodies, {"headers": native("PutRecords")}
        rate, p99, cpu = sorted(measure(server, way, 16) for _ in range(ROUNDS))[ROUNDS // 2]
    records, per_million = rate * RECORDS_A_PUT, cpu / RECORDS_A_PUT
    yield Figure("PutRecords of 500 records of 600 bytes", "500,000 records/s", f"{records:,.0f} records/s with the load "
                 f"generator on the same cores ({2e6 / per_million:,.0f} if its CPU had 2 cores)", records / 500_000, "",
                 f"{per_million:.3f} s per million records", f"p99 {p99:.1f} ms; medians of {ROUNDS}")


def kinesis_reads():
    """GetRecords of 10,000 records of 600 bytes by 10 consumers, natively, each at a place of its own"""
    consumers, put = 10, [json.loads(pin) for pin in pins(RECORDS_A_PUT)]
    with relaxed() as server:
        streams = Streams(server.http)
        for _ in range(2 * consumers * RECORDS_A_READ // RECORDS_A_PUT):
            streams.put_all("bench", put, stage="")
        bodies = []
        for consumer in range(consumers):
            iterator = act(streams, "GetShardIterator", {
                "StreamName": "bench", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"})
            for _ in range(consumer):
                iterator = {"ShardIterator": act(streams, "GetRecords", iterator)["NextShardIterator"]}
            bodies.append(json.dumps(iterator))
        assert len(act(streams, "GetRecords", json.loads(bodies[-1]))["Records"]) == RECORDS_A_READ
        way = "/", bodies, {"headers": native("GetRecords")}
        rate, p99, cpu = sorted(measure(server, way, consumers) for _ in range(ROUNDS))[ROUNDS // 2]
    records, per_million = rate * RECORDS_A_READ, cpu / RECORDS_A_READ
    yield Figure("GetRecords, 10 consumers, 10,000 records of 600 bytes an answer", "1,000,000 records/s",
                 f"{records:,.0f} records/s in all with the load generator on the same cores "
                 f"({2e6 / per_million:,.0f} if its CPU had 2 cores)", records / 1_000_000, "",
                 f"{per_million:.3f} s per million records", f"p99 {p99:.1f} ms; medians of {ROUNDS}")


def act(streams, action, request):
    status, _, answer = streams.request("POST", "/", json.dumps(request), native(action))
    assert status == 200, (status, answer)
    return json.loads(answer)
