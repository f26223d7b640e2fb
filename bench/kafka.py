"""The Kafka door beside Apache Kafka, both running, loaded in turns by Kafka's own perf tools."""
import contextlib
import os

import kafka_broker as broker
from common import folder, percentile, pinflow, reduced, size
from report import Figure

RECORDS, SYNCED = size("RECORDS", 2_000_000), size("SYNCED", 200_000)
ROUNDS = size("ROUNDS", 3)


class Pinflow:
    """What the comparison needs of a Pinflow that runs."""

    def __init__(self, server):
        self.bootstrap, self.cpu_seconds, self.memory_bytes = server.ready["kafka"], server.cpu_seconds, server.memory_bytes


@contextlib.contextmanager
def both():
    """[Pinflow, Kafka], warm: a JVM's first records are not what it is like."""
    missing = broker.missing()
    assert not missing, f"PEER MISSING: {', '.join(missing)}; ./dev bench installs them (bench/packages.txt)"
    with folder() as path, pinflow() as server, broker.Kafka(path / "kafka") as kafka:
        servers = [Pinflow(server), kafka]
        for one in servers:
            with topic(one, "warm"):
                broker.produce(one.bootstrap, "warm", 300_000, acks=1)
                broker.consume(one.bootstrap, "warm", 300_000)
        yield servers


@contextlib.contextmanager
def topic(server, name, partitions=1, **settings):
    broker.create_topic(server.bootstrap, name, partitions, **settings)
    try:
        yield name
    finally:
        broker.delete_topic(server.bootstrap, name)


def measured(server, work):
    """(what `work` says, CPU seconds of the server); the disk has written what the round before left it"""
    os.sync()
    before = server.cpu_seconds()
    said = work()
    return said, server.cpu_seconds() - before


def rounds(servers, settings, partitions, load):
    """For each server [(said, CPU seconds)] of all rounds, in turns; settings[i] are the topic's."""
    out = [[] for _ in servers]
    for number in range(ROUNDS):
        for i, server in enumerate(servers):
            with topic(server, f"load{number}", partitions, **settings[i]) as name:
                out[i].append(measured(server, lambda: load(server, name)))
    return out


def middle(values):
    return percentile(list(values), 0.5)


def ceiling(records, partitions=1, **properties):
    """Records a second of the same producer where the broker does nothing."""
    with broker.null_broker(partitions) as address:
        return middle(broker.produce(address, "any", records, **properties)["rate"] for _ in range(ROUNDS))


def reached(rate, peer_rate, times, most):
    """So many times the peer's rate, or what the client can do at all."""
    return max(rate / peer_rate / times, rate / most)


def producing(servers):
    for compression in ("none", "lz4"):
        ours, theirs = rounds(servers, [{}, {}], 1, lambda server, name: broker.produce(
            server.bootstrap, name, RECORDS, acks=1, compression_type=compression))
        cpu, peer_cpu = (middle(cpu for _, cpu in each) / RECORDS * 1e6 for each in (ours, theirs))
        rate, peer_rate = (middle(said["rate"] for said, _ in each) for each in (ours, theirs))
        most = ceiling(RECORDS, acks=1, compression_type=compression)
        what = f"Kafka producer, 500 B, acks=1, {compression}"
        note = f"medians of {ROUNDS} {reduced('RECORDS', 2_000_000)}"
        yield Figure(f"{what}: broker CPU", "a quarter of Kafka's", f"{cpu / peer_cpu:.2f} times Kafka's",
                     0.25 / (cpu / peer_cpu), f"Kafka {broker.VERSION}: {peer_cpu:.2f} s per million",
                     f"{cpu:.2f} s per million", note)
        yield Figure(f"{what}: rate", "1.5 times Kafka's, or the client's limit", f"{rate:,.0f} records/s",
                     reached(rate, peer_rate, 1.5, most),
                     f"Kafka: {peer_rate:,.0f} records/s, {rate / peer_rate:.2f} times; a broker that acks unread: "
                     f"{most:,.0f}", "", f"the producer runs on the same cores; {note}")


def producing_durably(servers):
    for partitions in (1, 64):
        ours, theirs = rounds(servers, [{}, {"flush_messages": 1}], partitions, lambda server, name: broker.produce(
            server.bootstrap, name, SYNCED, acks="all"))
        rate, peer_rate = (middle(said["rate"] for said, _ in each) for each in (ours, theirs))
        p99, peer_p99 = (middle(said["p99"] for said, _ in each) for each in (ours, theirs))
        most = ceiling(SYNCED, partitions, acks="all")
        what = f"Kafka producer, acks=all after fsync, {partitions} partition{'s' if partitions > 1 else ''}"
        note = f"Kafka with flush.messages=1; medians of {ROUNDS} {reduced('SYNCED', 200_000)}"
        yield Figure(f"{what}: rate", "4 times Kafka's or the client's limit", f"{rate:,.0f} records/s",
                     reached(rate, peer_rate, 4, most),
                     f"Kafka: {peer_rate:,.0f} records/s, {rate / peer_rate:.1f} times; a broker that acks unread: "
                     f"{most:,.0f}", "", note)
        yield Figure(f"{what}: p99", "below Kafka's", f"{p99:.0f} ms", peer_p99 / max(p99, 1),
                     f"Kafka: {peer_p99:.0f} ms", "", note)


def consuming(servers):
    taken = [[] for _ in servers]
    with contextlib.ExitStack() as topics:
        for server in servers:
            topics.enter_context(topic(server, "read"))
            broker.produce(server.bootstrap, "read", RECORDS, acks=1)
        for _ in range(ROUNDS):
            for i, server in enumerate(servers):
                taken[i].append(measured(server, lambda: broker.consume(server.bootstrap, "read", RECORDS)))
    cpu, peer_cpu = (middle(cpu for _, cpu in each) / RECORDS * 1e6 for each in taken)
    rate, peer_rate = (middle(said for said, _ in each) for each in taken)
    note = f"medians of {ROUNDS} {reduced('RECORDS', 2_000_000)}"
    yield Figure("Kafka consumer, 500 B: broker CPU", "half of Kafka's", f"{cpu / peer_cpu:.2f} times Kafka's",
                 0.5 / (cpu / peer_cpu), f"Kafka {broker.VERSION}: {peer_cpu:.2f} s per million",
                 f"{cpu:.2f} s per million", note)
    yield Figure("Kafka consumer, 500 B: rate", "Kafka's", f"{rate:,.0f} records/s", rate / peer_rate,
                 f"Kafka: {peer_rate:,.0f} records/s", "", note)


def kafka():
    """Kafka's own producer and consumer at Pinflow's door and at Apache Kafka: broker CPU, rates, durable answers"""
    with both() as servers:
        yield from producing(servers)
        yield from producing_durably(servers)
        yield from consuming(servers)
        ours, theirs = (server.memory_bytes() >> 20 for server in servers)
        yield Figure("Kafka door: memory after all that", "", f"{ours} MiB", None, f"Kafka: {theirs} MiB (heap of 1 GiB)")
