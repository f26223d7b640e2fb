import os
import shutil
import subprocess
import time

from common import figure, folder, pinflow
from harness import Pinflow, Rest


def cold_start():
    """start to the ready line: empty, and with 1,000 partitions and 10 GB of log"""
    took = []
    for _ in range(5):
        with pinflow() as server:
            took.append(server.start_seconds * 1000)
    figure("cold start, empty directory", f"{sorted(took)[2]:.0f} ms", "100 ms", "Kafka 4.3: 1,900 ms (reference)")
    with folder() as path:
        free = shutil.disk_usage(path).free
        gigabytes = 10 if free > 25 << 30 else 2
        server = Pinflow(path / "data").start()
        server.run("topics", "create", "many", "--partitions", "1000")
        rest = Rest(server.http)
        text = ('{"records":[' + ",".join('{"value":"' + "x" * 100_000 + '"}' for _ in range(90)) + "]}").encode()
        for i in range(gigabytes * 1_000_000_000 // len(text)):
            status, _, answer = rest.request("POST", f"/topics/many/partitions/{i % 1000}", text,
                                             {"Content-Type": "application/vnd.kafka.json.v2+json"})
            assert status == 200, answer
        server.stop()
        took = []
        for _ in range(3):
            took.append(server.start().start_seconds * 1000)
            server.stop()
    figure(f"cold start, 1,000 partitions and {gigabytes} GB of log", f"{sorted(took)[1]:.0f} ms", "500 ms")


def idle_memory():
    """resident memory of an idle `pinflow up`"""
    with pinflow() as server:
        time.sleep(3)
        pss = subprocess.run(["grep", "^Pss:", f"/proc/{server.pid}/smaps_rollup"], capture_output=True, text=True).stdout
        cpu = server.cpu_seconds()
        time.sleep(5)
        figure("idle memory", f"{server.memory_bytes() / (1 << 20):.0f} MiB", "80 MiB",
               f"Pss {int(pss.split()[1]) // 1024} MiB, {(server.cpu_seconds() - cpu) / 5 * 100:.1f} % of a core, {os.cpu_count()} cores")
