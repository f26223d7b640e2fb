"""Start and idle memory of the whole process."""
import os
import subprocess
import time

from common import JSON_V2, body, folder, percentile, pinflow, pins, reduced, size
from harness import Pinflow, Rest
from report import Figure

GIGABYTES, PARTITIONS = size("GB", 10), size("PARTITIONS", 1000)


def start_and_stop(server):
    """(ms to the ready line, CPU ms until then)"""
    server.start()
    cpu = server.cpu_seconds()
    server.stop()
    return server.start_seconds * 1000, cpu * 1000


def starts(server, rounds=7):
    took = [start_and_stop(server) for _ in range(rounds)]
    return percentile([wall for wall, _ in took], 0.5), percentile([cpu for _, cpu in took], 0.5), min(took)[0]


def start():
    """cold start to the ready line: empty, and with 1,000 partitions and 10 GB of cleanly closed log"""
    took = []
    for _ in range(7):
        with folder() as path:
            took.append(start_and_stop(Pinflow(path / "data")))
    median, cpu = percentile([wall for wall, _ in took], 0.5), percentile([c for _, c in took], 0.5)
    yield Figure("start, empty directory", "100 ms", f"{median:.0f} ms", 100 / median, "Kafka 4.3: 1,900 ms (noted before)",
                 f"{cpu:.0f} ms until ready", f"median of 7, fastest {min(took)[0]:.0f} ms")
    with folder() as path:
        server = Pinflow(path / "data").start()
        fill(server)
        server.stop()
        on_disk = int(subprocess.run(["du", "-sb", path / "data/log"], capture_output=True, text=True).stdout.split()[0])
        median, cpu, fastest = starts(server)
    yield Figure(f"start, {PARTITIONS:,} topics of a partition, {on_disk / 1e9:.1f} GB of log cleanly closed", "500 ms",
                 f"{median:.0f} ms", 500 / median, "", f"{cpu:.0f} ms until ready",
                 f"median of 7, fastest {fastest:.0f} ms {reduced('GB', 10)}")


def fill(server):
    """Each topic gets its share in batches of 1 MB, as a busy producer makes them."""
    rest = Rest(server.http)
    text = body(pins(1600)).encode()
    for i in range(max(GIGABYTES * 1_000_000_000 // len(text), PARTITIONS)):
        status, _, answer = rest.request("POST", f"/topics/many.{i % PARTITIONS}", text, JSON_V2)
        assert status == 200, answer


def idle_memory():
    """resident memory of an idle `pinflow up`"""
    with pinflow() as server:
        time.sleep(3)
        lines = open(f"/proc/{server.pid}/smaps_rollup").read().splitlines()[1:]
        memory = {name: int(value.split()[0]) / 1024 for name, value in (line.split(":", 1) for line in lines)}
        cpu = server.cpu_seconds()
        time.sleep(10)
        share = (server.cpu_seconds() - cpu) / 10 * 100
        threads = len(os.listdir(f"/proc/{server.pid}/task"))
    yield Figure("idle memory of pinflow up", "80 MiB resident", f"{memory['Rss']:.0f} MiB", 80 / memory["Rss"], "",
                 f"{share:.1f} % of a core while idle",
                 f"{memory['Pss_Anon']:.0f} MiB of it its own, the rest is code; {threads} threads on {os.cpu_count()} cores")
