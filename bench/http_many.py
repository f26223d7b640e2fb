"""Many connections at the HTTP door, and many consumers behind it."""
import contextlib
import json
import resource
import socket
import time
import urllib.parse

from common import JSON_V2, body, pinflow, pins, reduced, size, wrk
from harness import Rest
from report import Figure

SECONDS = size("SECONDS", 8)
IDLE, BUSY = size("IDLE", 10_000), 1_000
INSTANCES, TOPICS = size("INSTANCES", 1_000), 100
V2 = {"Content-Type": "application/vnd.kafka.v2+json"}


def allow_many_files():
    """For this process and those it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = IDLE + BUSY + 1000
    assert hard >= needed, f"ulimit -n allows {hard} open files, {needed} are needed"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


def connect(url):
    place = urllib.parse.urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=60)


@contextlib.contextmanager
def idle_connections(url, count):
    """Each has been answered once."""
    with contextlib.ExitStack() as all_of_them:
        for _ in range(count):
            one = all_of_them.enter_context(connect(url))
            one.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
            assert one.recv(1000).startswith(b"HTTP/1.1 200")
        yield


def http_connections():
    """10,000 idle and 1,000 busy connections: memory, and p99 at half of the highest rate"""
    allow_many_files()
    one = [body(pins(1))]
    with pinflow() as server:
        server.run("topics", "create", "bench", "--config", "write.caching=true", "--config", "retention.bytes=1000000000")
        url = server.http + "/topics/bench"
        with idle_connections(server.http, IDLE):
            full, _, _, errors = wrk(url, one, BUSY, SECONDS)
            between_ms = round(BUSY / (full / 2) * 1000)
            half, p99, _, errors_at_half = wrk(url, one, BUSY, SECONDS, delay_ms=between_ms)
            memory = server.memory_bytes() / (1 << 20)
    assert errors + errors_at_half == 0, f"{errors + errors_at_half} requests were refused"
    note = f"{full:,.0f} requests/s at most, {half:,.0f} in the run at half load {reduced('IDLE', 10_000)}"
    yield Figure(f"memory with {IDLE:,} idle and {BUSY:,} busy connections", "200 MiB", f"{memory:.0f} MiB", 200 / memory,
                 "", "", note)
    yield Figure(f"POST of one record on {BUSY:,} connections beside {IDLE:,} idle ones, half load", "p99 20 ms",
                 f"p99 {p99:.1f} ms", 20 / p99, "", "", note)


def call(connection, method, path, request):
    status, _, answer = connection.request(method, path, json.dumps(request), V2)
    assert status in (200, 204), (method, path, status, answer)
    return json.loads(answer or "null")


def subscribe(connection, i):
    """The path of instance i, whose group reads one topic."""
    made = call(connection, "POST", f"/consumers/group{i % TOPICS}", {
        "format": "json", "auto.offset.reset": "earliest", "consumer.request.timeout.ms": 120_000})
    path = f"/consumers/group{i % TOPICS}/instances/{made['instance_id']}"
    call(connection, "POST", path + "/subscription", {"topics": [f"many{i % TOPICS}"]})
    return path


def rest_consumers():
    """1,000 REST consumers in 100 groups on 100 topics, each waiting in a long poll: memory and CPU"""
    allow_many_files()
    with pinflow() as server, contextlib.ExitStack() as sockets:
        for topic in range(TOPICS):
            server.run("topics", "create", f"many{topic}", "--partitions", str(INSTANCES // TOPICS))
        time.sleep(1)
        before = server.memory_bytes() / (1 << 20)
        connection = Rest(server.http)
        paths = [subscribe(connection, i) for i in range(INSTANCES)]
        for path in paths:  # the first read of each is empty and at once, as the real proxy's
            connection.request("GET", path + "/records", None, {})
        reads = [sockets.enter_context(connect(server.http)) for _ in paths]
        for one, path in zip(reads, paths):
            one.sendall(f"GET {path}/records?timeout=120000 HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        time.sleep(15)  # the groups have settled
        cpu, began = server.cpu_seconds(), time.monotonic()
        time.sleep(15)
        share = (server.cpu_seconds() - cpu) / (time.monotonic() - began)
        memory = server.memory_bytes() / (1 << 20)
        posted = time.monotonic()
        for topic in range(TOPICS):  # one record for each partition, so one for each consumer
            records = [{"value": {"n": n}, "partition": n} for n in range(INSTANCES // TOPICS)]
            status, _, answer = connection.request("POST", f"/topics/many{topic}", json.dumps({"records": records}), JSON_V2)
            assert status == 200, answer
        for one in reads:
            assert b'"value":{"n":' in one.recv(10_000), "a consumer got nothing"
        took = time.monotonic() - posted
    note = f"all {INSTANCES:,} had their record {took:.1f} s after the first was posted {reduced('INSTANCES', 1_000)}"
    yield Figure(f"memory with {INSTANCES:,} REST consumers on {TOPICS} topics", "100 MiB", f"{memory:.0f} MiB",
                 100 / memory, "", f"{memory - before:.0f} MiB of it theirs", note)
    yield Figure(f"CPU of {INSTANCES:,} REST consumers that wait in long polls", "no busy threads: 0.1 cores",
                 f"{share:.3f} cores", 0.1 / max(share, 0.001), "", "", note)
