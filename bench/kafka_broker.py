"""Apache Kafka on this machine: the broker that `./dev bench kafka` compares with, and its own tools as load."""
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import time
import uuid

from common import cpu_seconds
from common import tool as tool_of_ours
from harness.others import classpath

VERSION = "4.3.1"
PARTS = "client_suites/kafka_tools_4"  # of tests/: broker and tools of that version
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def missing():
    """What has to be installed before anything here can run."""
    return [name for name in ("java", "mvn") if not shutil.which(name)]


def java(main, *arguments, heap="512m"):
    return ["java", f"-Xmx{heap}", "-cp", classpath(PARTS), main, *map(str, arguments)]


def tool(main, *arguments, **options):
    """What a tool of Kafka's prints."""
    out = subprocess.run(java(f"org.apache.kafka.tools.{main}", *arguments), capture_output=True, text=True,
                         timeout=300, **options)
    assert out.returncode == 0, f"{main} {arguments}:\n{out.stdout[-2000:]}{out.stderr[-2000:]}"
    return out.stdout


def create_topic(bootstrap, name, partitions=1, **settings):
    configs = [word for key, value in settings.items() for word in ("--config", f"{key.replace('_', '.')}={value}")]
    tool("TopicCommand", "--bootstrap-server", bootstrap, "--create", "--topic", name, "--partitions", partitions,
         "--replication-factor", 1, *configs)


def delete_topic(bootstrap, name):
    tool("TopicCommand", "--bootstrap-server", bootstrap, "--delete", "--topic", name)


def produce(bootstrap, topic, records, record_bytes=500, throughput=-1, **properties):
    """{rate, p50, p99, p999}: records a second, and ms from send to answer, as kafka-producer-perf-test says them."""
    settings = [f"{key.replace('_', '.')}={value}" for key, value in properties.items()]
    out = tool("ProducerPerformance", "--topic", topic, "--num-records", records, "--record-size", record_bytes,
               "--throughput", throughput, "--producer-props", f"bootstrap.servers={bootstrap}", *settings)
    last = out.strip().splitlines()[-1]
    rate = float(re.search(r"([\d.]+) records/sec", last)[1])
    at = {part: float(value) for value, part in re.findall(r"(\d+) ms ([\d.]+)th", last)}
    return {"rate": rate, "p50": at["50"], "p99": at["99"], "p999": at["99.9"]}


def consume(bootstrap, topic, records):
    """Records a second while records come, as kafka-consumer-perf-test says it."""
    out = tool("ConsumerPerformance", "--bootstrap-server", bootstrap, "--topic", topic, "--num-records", records)
    header, values = [line.split(", ") for line in out.strip().splitlines()[-2:]]
    row = dict(zip(header, values))
    assert int(row["data.consumed.in.nMsg"]) >= records, out
    return float(row["fetch.nMsg.sec"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def null_broker(partitions=1):
    """Address of a broker that acks unread: the producer's own limit, and the floor of any latency."""
    process = subprocess.Popen([tool_of_ours("null_broker", "src/kafka"), str(partitions)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


class Kafka:
    """One broker with its defaults, in KRaft mode."""

    def __init__(self, folder):
        self.folder, port = pathlib.Path(folder), free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        self.folder.mkdir(parents=True)
        self.properties = self.folder / "server.properties"
        self.properties.write_text(PROPERTIES.format(port=port, controller=free_port(), folder=self.folder))

    def __enter__(self):
        cluster = uuid.uuid4().hex[:22]
        subprocess.run(java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self.properties), check=True,
                       capture_output=True)
        started = time.monotonic()
        with open(self.folder / "out", "wb") as out:
            self.process = subprocess.Popen(java("kafka.Kafka", self.properties, heap="1g"), stdout=out, stderr=out)
        host, port = self.bootstrap.split(":")
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    break
            assert self.process.poll() is None and time.monotonic() < started + 60, \
                (self.folder / "out").read_text()[-3000:]
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def cpu_seconds(self):
        return cpu_seconds([self.process.pid])

    def memory_bytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) << 10
