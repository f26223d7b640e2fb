"""From the log into objects: the S3 sink connector."""
import os
import time

import requests
from common import folder, percentile, pinflow, reduced, size
from harness import Rest
from report import Figure
from tables import Memory

RECORDS = size("OBJECTS", 30_000)
PARTITIONS = size("OPEN", 10_000)
TASKS = 3
S3_SINK = {"connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.bucket.name": "bench",
           "s3.region": "us-east-1", "schema.compatibility": "NONE",
           "storage.class": "io.confluent.connect.s3.storage.S3Storage",
           "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
           "key.converter": "org.apache.kafka.connect.storage.StringConverter",
           "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}


def fill(server, count):
    server.run("topics", "create", "objects", "--partitions", TASKS)
    server.run("produce", "objects",
               input="".join(f'{{"index":{i},"text":"{i * 7919 % 1_000_003:0500d}"}}\n' for i in range(count)))


def make_sink(server, **more):
    config = S3_SINK | {"topics": "objects", "tasks.max": TASKS} | {k.replace("__", "."): v for k, v in more.items()}
    answer = requests.post(server.ready["connect"] + "/connectors", json={"name": "bench", "config": config}, timeout=30)
    assert answer.status_code == 201, answer.text


def stored(server):
    """How many records of the topic are in objects."""
    answer = requests.get(server.ready["connect"] + "/connectors/bench/offsets", timeout=30).json()
    return sum(each["offset"]["kafka_offset"] for each in answer["offsets"])


def wait_stored(server, count, limit_s=300):
    until = time.monotonic() + limit_s
    while stored(server) < count:
        assert time.monotonic() < until, f"{stored(server)} of {count} after {limit_s} s\n{server.log_tail()}"
        time.sleep(0.05)


def objects_in(server):
    return [os.path.join(at, name) for at, _, names in os.walk(server.data / "objects/bench/topics") for name in names]


def one_record_each():
    """(objects/s, CPU seconds) of a full topic with flush.size=1"""
    with pinflow() as server:
        fill(server, RECORDS)
        cpu, started = server.cpu_seconds(), time.monotonic()
        make_sink(server, flush__size="1")
        wait_stored(server, RECORDS)
        seconds, cpu = time.monotonic() - started, server.cpu_seconds() - cpu
        assert len(objects_in(server)) == RECORDS
    return RECORDS / seconds, cpu


def bare_files():
    """Files a second of the same size, made under another name and renamed, without any sync."""
    with folder() as path:
        line, started = b"x" * 530, time.monotonic()
        for i in range(RECORDS):
            file = os.open(path / "new", os.O_CREAT | os.O_WRONLY)
            os.write(file, line)
            os.close(file)
            os.rename(path / "new", path / str(i))
        return RECORDS / (time.monotonic() - started)


def connect_objects():
    """flush.size=1 from a full topic: an object for each record, 3 tasks, objects in files"""
    rounds = [(one_record_each(), bare_files()) for _ in range(size("ROUNDS", 5))]
    rate = percentile([rate for (rate, _), _ in rounds], 0.5)
    cpu = percentile([cpu for (_, cpu), _ in rounds], 0.5) / RECORDS * 1e6
    bare = percentile([bare for _, bare in rounds], 0.5)
    yield Figure("objects of one record, on files", "15,000 objects/s", f"{rate:,.0f} objects/s", rate / 15_000,
                 f"bare loop of create, write, rename without sync: {bare:,.0f} files/s", f"{cpu:.0f} us an object",
                 f"durable before the offset is committed; from {min(r for (r, _), _ in rounds):,.0f} to "
                 f"{max(r for (r, _), _ in rounds):,.0f} {reduced('OBJECTS', 30_000)}")


def connect_partitions():
    """10,000 partitions of FieldPartitioner open at a time, flush.size never reached"""
    with pinflow() as server:
        server.run("topics", "create", "objects", "--partitions", TASKS)
        rest = Rest(server.http)
        before = server.memory_bytes()
        make_sink(server, flush__size="1000000", partitioner__class="io.confluent.connect.storage.partitioner.FieldPartitioner",
                  partition__field__name="tenant", rotate__schedule__interval__ms="20000", timezone="UTC")
        memory, cpu, started, text = Memory(server), server.cpu_seconds(), time.monotonic(), "x" * 500
        for first in range(0, 4 * PARTITIONS, 1000):
            rest.produce("objects", [{"tenant": f"t{i % PARTITIONS}", "text": text} for i in range(first, first + 1000)])
        wait_stored(server, 4 * PARTITIONS)
        seconds, cpu, most = time.monotonic() - started, server.cpu_seconds() - cpu, memory.stop()
        count = len(objects_in(server))
    assert count >= PARTITIONS
    yield Figure("open partitions of a connector: memory", "bounded: 256 MiB more at 10,000",
                 f"{most - (before >> 20)} MiB more", 256 / max(1, most - (before >> 20)), "",
                 f"{cpu / (4 * PARTITIONS) * 1e6:.0f} us a record",
                 f"{4 * PARTITIONS:,} records into {count:,} objects in {seconds:.0f} s {reduced('OPEN', 10_000)}")
