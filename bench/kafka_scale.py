"""A large log behind the Kafka door: memory after it was written, and the start after kill -9."""
import socket
import struct
import time

import kafka_broker as broker
from common import folder, reduced, size
from harness import Pinflow
from report import Figure

GIGABYTES = size("GB", 10)
PARTITIONS = size("PARTITIONS", 1000)
CONNECTIONS = 500
RECORD_BYTES = 10_000


def connections(address, count):
    """Sockets that have asked for versions, as every client does first."""
    host, port = address.split(":")
    request = struct.pack(">hhih", 18, 0, 1, -1)
    made = []
    for _ in range(count):
        one = socket.create_connection((host, int(port)))
        one.sendall(struct.pack(">i", len(request)) + request)
        made.append(one)
    for one in made:
        assert one.recv(4), "closed"
    return made


def kafka_scale():
    """memory of `pinflow up` after 10 GB, 1,000 partitions, 500 connections; the start after kill -9"""
    with folder() as path:
        server = Pinflow(path / "data").start()
        idle = server.memory_bytes() >> 20
        address = server.ready["kafka"]
        broker.create_topic(address, "large", PARTITIONS)
        said = broker.produce(address, "large", GIGABYTES * 10**9 // RECORD_BYTES, RECORD_BYTES, acks=1)
        sockets = connections(address, CONNECTIONS)
        time.sleep(2)
        after = server.memory_bytes() >> 20
        note = " ".join(filter(None, (reduced("GB", 10), reduced("PARTITIONS", 1000))))
        yield Figure("Kafka door: idle memory", "120 MiB", f"{idle} MiB", 120 / idle, "Kafka: 380 MiB")
        yield Figure(f"memory after {GIGABYTES} GB, {PARTITIONS:,} partitions, {CONNECTIONS} connections", "300 MiB",
                     f"{after} MiB", 300 / after, "Kafka: 1.0 GiB", "", f"{said['rate']:,.0f} records/s of 10 kB; {note}")
        for one in sockets:
            one.close()
        server.kill()
        server.start(timeout=120)
        took = server.start_seconds
        yield Figure(f"start after kill -9 with {GIGABYTES} GB", "2 s", f"{took:.2f} s", 2 / took, "", "", note)
        server.stop(timeout=120)
