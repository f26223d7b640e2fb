"""How long a producer waits for one record, and what many small groups cost: Pinflow beside Apache Kafka."""
import json
import subprocess
import sys

import kafka_broker as broker
from common import ROOT, size, reduced, tool
from kafka import ROUNDS, both, measured, middle, topic
from report import Figure

SINGLE = size("SINGLE", 20_000)
GROUPED = size("GROUPED", 200_000)
GROUPS, MEMBERS = 20, 5


def one_by_one(address, name, acks, count):
    done = subprocess.run([tool("kafka_latency", "src/kafka"), address, name, str(acks), str(count)],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kafka_single():
    """one record a request at the Kafka door, one after another, beside Kafka; a null broker's floor taken off"""
    with both() as servers, broker.null_broker() as nobody:
        for acks, settings, count, goals in (
                (1, [{}, {}], SINGLE, {"p50": 0.5, "p99": 0.5, "p999": 0.3}),
                (-1, [{}, {"flush_messages": 1}], SINGLE // 4, {"p50": 0.6, "p99": 0.6})):
            times = [[] for _ in range(3)]
            for number in range(ROUNDS):
                times[2].append(one_by_one(nobody, "any", acks, count))
                for i, server in enumerate(servers):
                    with topic(server, f"single{number}", **settings[i]) as name:
                        times[i].append(one_by_one(server.bootstrap, name, acks, count))
            for part, goal in goals.items():
                ours, theirs, floor = (middle(each[part] for each in all_of) for all_of in times)
                ratio = max(ours - floor, 0.1) / max(theirs - floor, 0.1)
                what = f"one record a request, acks={'all, fsync' if acks < 0 else 1}: {part}"
                yield Figure(what, f"{goal} of Kafka's", f"{ours:,.0f} us, {ratio:.2f} of Kafka's", goal / ratio,
                             f"Kafka: {theirs:,.0f} us; a broker that acks unread: {floor:,.0f} us", "",
                             f"medians of {ROUNDS} {reduced('SINGLE', 20_000)}")


def read_in_groups(address, name):
    """Records a second of all members together."""
    done = subprocess.run([sys.executable, ROOT / "bench/kafka_groups.py", address, name, str(GROUPED), str(GROUPS),
                           str(MEMBERS)], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["rate"]


def kafka_groups():
    """100 consumers in 20 groups at the Kafka door, beside Kafka"""
    with both() as servers:
        taken = []
        for server in servers:
            with topic(server, "grouped", partitions=MEMBERS) as name:
                broker.produce(server.bootstrap, name, GROUPED, acks=1)
                taken.append(measured(server, lambda: read_in_groups(server.bootstrap, name)))
        (rate, cpu), (peer_rate, peer_cpu) = taken
        records = GROUPED * GROUPS / 1e6
        note = f"librdkafka, all in one process on the same cores {reduced('GROUPED', 200_000)}"
        yield Figure("100 consumers in 20 groups: broker CPU", "half of Kafka's", f"{cpu / peer_cpu:.2f} times Kafka's",
                     0.5 / (cpu / peer_cpu), f"Kafka {broker.VERSION}: {peer_cpu / records:.2f} s per million",
                     f"{cpu / records:.2f} s per million", note)
        yield Figure("100 consumers in 20 groups: rate", "Kafka's", f"{rate:,.0f} records/s", rate / peer_rate,
                     f"Kafka: {peer_rate:,.0f} records/s", "", note)
