"""Only with --all: the Kinesis Client Library follows a stream that is resharded while producers put into it, and while
Pinflow is killed and started again. Its leases are in a DynamoDB within its own process."""
import pathlib
import random
import subprocess
import threading
import time

import pytest

from harness import free_port
from harness.others import java_program
from harness.shards import Producers, check_records, connect, reshard_somehow

pytestmark = pytest.mark.slow


class Kcl:
    """The library in a process, and what it was given so far."""

    def __init__(self, url, stream, retrieval, protocol, log):
        java, *rest = java_program("kinesis_clients/kcl", "Consume", url, stream, retrieval, protocol)
        jars = rest[rest.index("-cp") + 1].split(":")
        sqlite = next(pathlib.Path(jar).parent for jar in jars if "libsqlite4java-linux-amd64" in jar)
        self.got, self.lost, self.log = [], [], open(log, "wb")
        self.process = subprocess.Popen([java, f"-Dsqlite4java.library.path={sqlite}", *rest], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        cwd=log.parent)  # its DynamoDB leaves a file where it runs
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("lost "):
                self.lost.append(line.split()[1])
                continue
            _, _, partition_key, key, number = line.split()
            assert partition_key == key
            self.got.append((key, int(number)))

    def wait_for(self, records, seconds=120):
        end = time.monotonic() + seconds
        while records - set(self.got):
            assert self.process.poll() is None, f"the library has ended: {self.log.name}"
            assert time.monotonic() < end, f"{len(records - set(self.got))} of {len(records)} records did not come: {self.log.name}"
            time.sleep(0.2)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.thread.join()
        self.log.close()


@pytest.mark.parametrize("retrieval, protocol", [("polling", "HTTP1_1"), ("fanout", "HTTP2")])
@pytest.mark.parametrize("faults", ["resharding", "kill -9"])
def test_all_records_once_and_each_keys_in_order(make_server, tmp_path, retrieval, protocol, faults):
    server = make_server(http=f"127.0.0.1:{free_port()}")
    connect(server).create_stream(StreamName="s", ShardCount=2)
    library = Kcl(server.http, "s", retrieval, protocol, tmp_path / "kcl.log")
    producers = Producers(server, "s", 1)
    library.wait_for({("key-0-1", 1)})
    choice = random.Random(3)
    for _ in range(3):
        reshard_somehow(connect(server), "s", choice)
        time.sleep(4)
        if faults == "kill -9":
            server.kill()
            server.start()
    producers.stop()
    assert faults == "kill -9" or not producers.errors, producers.errors[:3]
    library.wait_for({(key, number) for key, numbers in producers.acked.items() for number in numbers})
    library.stop()
    # On a machine that is too busy to renew a lease within 5 s the library begins the shard anew: then once is at least.
    got = list(dict.fromkeys(library.got)) if library.lost else library.got
    check_records(got, producers.acked, exactly=faults == "resharding")
