"""Only with --all: Kafka's own command-line tools, of today and of 2.8.1, do what their users do with them."""
import json
import subprocess
import time

import pytest

from harness import Pinflow
from harness.others import classpath

pytestmark = pytest.mark.slow

MAIN = {  # the class behind each of Kafka's shell scripts
    "4.3.1": {
        "acls": "org.apache.kafka.tools.AclCommand",
        "configs": "kafka.admin.ConfigCommand",
        "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "console-producer": "org.apache.kafka.tools.ConsoleProducer",
        "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        "consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
        "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
        "e2e-latency": "org.apache.kafka.tools.EndToEndLatency",
        "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
        "topics": "org.apache.kafka.tools.TopicCommand",
        "broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    },
    "2.8.1": {
        "acls": "kafka.admin.AclCommand",
        "configs": "kafka.admin.ConfigCommand",
        "console-consumer": "kafka.tools.ConsoleConsumer",
        "console-producer": "kafka.tools.ConsoleProducer",
        "consumer-groups": "kafka.admin.ConsumerGroupCommand",
        "consumer-perf-test": "kafka.tools.ConsumerPerformance",
        "delete-records": "kafka.admin.DeleteRecordsCommand",
        "e2e-latency": "kafka.tools.EndToEndLatency",
        "get-offsets": "kafka.tools.GetOffsetShell",
        "topics": "kafka.admin.TopicCommand",
        "broker-api-versions": "kafka.admin.BrokerApiVersionsCommand",
    },
}
BOTH = {
    "producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
}
PROPERTY = {"4.3.1": "--reader-property", "2.8.1": "--property"}


@pytest.fixture(params=["4.3.1", "2.8.1"])
def tools(request, server, tmp_path):
    """tools(name, …): what Kafka's script kafka-NAME.sh prints, of one version of Kafka."""
    return Tools(request.param, server.ready["kafka"], tmp_path)


class Tools:
    def __init__(self, version, address, folder):
        self.version, self.address, self.folder = version, address, folder
        self.classpath = classpath(f"client_suites/kafka_tools_{version[0]}")
        self.suffix = version.replace(".", "_")
        quiet = "log4j.rootLogger=ERROR, err\nlog4j.appender.err=org.apache.log4j.ConsoleAppender\n" \
                "log4j.appender.err.target=System.err\nlog4j.appender.err.layout=org.apache.log4j.SimpleLayout\n"
        (folder / "log4j.properties").write_text(quiet)

    def topic(self, name):
        return f"{name}_{self.suffix}"

    def command(self, name):
        main = MAIN[self.version].get(name) or BOTH[name]
        return ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", f"-Dlog4j.configuration=file:{self.folder}/log4j.properties",
                "-cp", self.classpath, main]

    def file(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def __call__(self, name, *arguments, input=None, fails=False, timeout=120):
        where = [] if name in ("producer-perf-test", "e2e-latency") else ["--bootstrap-server", self.address]
        if self.version == "2.8.1":
            old = {"get-offsets": "--broker-list", "verifiable-consumer": "--broker-list",
                   "verifiable-producer": "--broker-list"}
            where = [old.get(name, each) if each == "--bootstrap-server" else each for each in where]
        done = subprocess.run([*self.command(name), *where, *map(str, arguments)], input=input, capture_output=True,
                              text=True, timeout=timeout)
        assert (done.returncode != 0) == fails, f"kafka-{name} {arguments} ended with {done.returncode}:\n" \
                                                f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr if fails else done.stdout


def test_topics_and_configs(tools):
    topic = tools.topic("tools.topics")
    tools("topics", "--create", "--topic", topic, "--partitions", 3, "--config", "retention.ms=3600000")
    assert topic in tools("topics", "--list").splitlines()
    told = tools("topics", "--describe", "--topic", topic)
    assert "PartitionCount: 3" in told and "ReplicationFactor: 1" in told and "retention.ms=3600000" in told, told
    assert told.count("Leader: 1\tReplicas: 1\tIsr: 1") == 3, told
    assert "already exists" in tools("topics", "--create", "--topic", topic, fails=True)
    tools("topics", "--alter", "--topic", topic, "--partitions", 5)
    assert "PartitionCount: 5" in tools("topics", "--describe", "--topic", topic)

    entity = ["--entity-type", "topics", "--entity-name", topic]
    tools("configs", "--alter", *entity, "--add-config", "max.message.bytes=2000000,cleanup.policy=[compact,delete]")
    told = tools("configs", "--describe", *entity)
    assert "max.message.bytes=2000000" in told and "cleanup.policy=compact,delete" in told, told
    tools("configs", "--alter", *entity, "--delete-config", "max.message.bytes")
    assert "max.message.bytes" not in tools("configs", "--describe", *entity)
    assert "segment.bytes=" in tools("configs", "--describe", "--all", *entity)
    assert "InvalidConfigurationException" in tools("configs", "--alter", *entity, "--add-config", "retention.ms=soon",
                                                    fails=True)
    broker = tools("configs", "--describe", "--all", "--entity-type", "brokers", "--entity-name", "1")
    assert "num.partitions=" in broker, broker
    tools("topics", "--delete", "--topic", topic)
    assert topic not in tools("topics", "--list").splitlines()


def test_broker_settings(tools, binary, tmp_path):
    """Set for the broker and for all, while it runs, over a kill, and taken back."""
    configuration = tmp_path / "pinflow.toml"
    configuration.write_text("[topics]\nretention.bytes = 1000000000\nsegment.bytes = 16384\n")
    pinflow = Pinflow(tmp_path / "data", "--config", configuration).start()
    tools.address = pinflow.ready["kafka"]
    for topic, settings in (("plain", []), ("own", ["--config", "retention.bytes=-1"])):
        tools("topics", "--create", "--topic", topic, "--partitions", 1, *settings)
        tools("producer-perf-test", "--topic", topic, "--num-records", 1000, "--record-size", 500, "--throughput", -1,
              "--producer-props", f"bootstrap.servers={tools.address}", "batch.size=2000")
    one, all_brokers = ["--entity-type", "brokers", "--entity-name", "1"], ["--entity-type", "brokers", "--entity-default"]
    tools("configs", "--alter", *all_brokers, "--add-config", "log.retention.bytes=30000")
    tools("configs", "--alter", *one, "--add-config", "log.retention.bytes=20000")
    until = time.monotonic() + 30
    while not (first := first_offset(tools, "plain")):
        assert time.monotonic() < until, "nothing was deleted"
    assert first < 1000 and first_offset(tools, "own") == 0

    pinflow.kill()
    tools.address = pinflow.start().ready["kafka"]
    assert "log.retention.bytes=30000" in tools("configs", "--describe", *all_brokers)
    told = tools("configs", "--describe", *one)
    assert "log.retention.bytes=20000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.retention.bytes=20000, " \
           "DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.bytes=30000, STATIC_BROKER_CONFIG:log.retention.bytes=" \
           "1000000000, DEFAULT_CONFIG:log.retention.bytes=-1}" in told, told
    tools("configs", "--alter", *one, "--add-config", "sasl.kerberos.min.time.before.relogin=58000,log.roll.ms=60000")
    told = tools("configs", "--describe", *one)
    assert "sasl.kerberos.min.time.before.relogin=58000" in told and "log.roll.ms=60000" in told, told
    for where, setting in ((one, "num.partitions=2"), (all_brokers, "sasl.kerberos.kinit.cmd=x")):
        told = tools("configs", "--alter", *where, "--add-config", setting, fails=True)
        assert setting.split("=")[0] in told and "InvalidRequestException" in told, told
    tools("configs", "--alter", *one, "--delete-config", "log.retention.bytes,log.roll.ms")
    tools("configs", "--alter", *all_brokers, "--delete-config", "log.retention.bytes")
    assert tools("configs", "--describe", *all_brokers).count("=") == 0
    told = tools("configs", "--describe", "--all", "--entity-type", "topics", "--entity-name", "plain")
    assert "retention.bytes=1000000000 sensitive=false synonyms={STATIC_BROKER_CONFIG:" in told, told
    pinflow.stop()


def first_offset(tools, topic):
    return int(tools("get-offsets", "--topic", topic, "--time", -2).strip().split(":")[2])


def test_console_groups_and_offsets(tools):
    topic, group = tools.topic("tools.console"), tools.topic("tools.group")
    tools("topics", "--create", "--topic", topic, "--partitions", 1)
    keyed = "".join(f"k{i}:value {i}\n" for i in range(20))
    reader = PROPERTY[tools.version]
    tools("console-producer", "--topic", topic, reader, "parse.key=true", reader, "key.separator=:", input=keyed)
    formatter = "--formatter-property" if tools.version == "4.3.1" else "--property"
    read = tools("console-consumer", "--topic", topic, "--from-beginning", "--group", group, "--max-messages", 20,
                 formatter, "print.key=true", formatter, "key.separator=:", "--timeout-ms", 30000)
    assert read == keyed
    assert group in tools("consumer-groups", "--list").split()
    told = tools("consumer-groups", "--describe", "--group", group)
    [line] = [line.split() for line in told.splitlines() if topic in line]
    assert line[:6] == [group, topic, "0", "20", "20", "0"], told
    assert "Empty" in tools("consumer-groups", "--describe", "--group", group, "--state")
    tools("consumer-groups", "--reset-offsets", "--group", group, "--topic", topic, "--to-offset", 5, "--execute")
    told = tools("consumer-groups", "--describe", "--group", group)
    assert [line.split()[3:6] for line in told.splitlines() if topic in line] == [["5", "20", "15"]], told
    read = tools("console-consumer", "--topic", topic, "--group", group, "--max-messages", 15, "--timeout-ms", 30000)
    assert read.splitlines() == [f"value {i}" for i in range(5, 20)]
    tools("consumer-groups", "--delete-offsets", "--group", group, "--topic", topic)
    assert topic not in tools("consumer-groups", "--describe", "--group", group)
    tools("consumer-groups", "--delete", "--group", group)
    assert group not in tools("consumer-groups", "--list").split()


def test_offsets_and_deleted_records(tools):
    topic = tools.topic("tools.offsets")
    tools("topics", "--create", "--topic", topic, "--partitions", 2)
    tools("producer-perf-test", "--topic", topic, "--num-records", 1000, "--record-size", 100, "--throughput", -1,
          "--producer-props", f"bootstrap.servers={tools.address}")

    def offsets(time):
        told = tools("get-offsets", "--topic", topic, "--time", time)
        return {int(line.split(":")[1]): int(line.split(":")[2]) for line in told.split()}
    assert sum(offsets(-1).values()) == 1000 and offsets(-2) == {0: 0, 1: 0}
    asked = {"partitions": [{"topic": topic, "partition": 0, "offset": -1}], "version": 1}
    told = tools("delete-records", "--offset-json-file", tools.file("delete.json", json.dumps(asked)))
    end = offsets(-1)[0]
    assert f"low_watermark: {end}" in told and offsets(-2) == {0: end, 1: 0}, told
    read = tools("consumer-perf-test", "--topic", topic, "--messages", 1000 - end, "--timeout", 30000)
    assert int(read.splitlines()[-1].split(",")[4]) == 1000 - end, read


def test_end_to_end_latency(tools):
    topic = tools.topic("tools.latency")
    tools("topics", "--create", "--topic", topic, "--partitions", 1)
    if tools.version == "4.3.1":
        told = tools("e2e-latency", "--bootstrap-server", tools.address, "--topic", topic, "--num-records", 50,
                     "--producer-acks", "all", "--record-size", 100)
    else:
        told = tools("e2e-latency", tools.address, topic, 50, "all", 100)
    assert "Avg latency:" in told and "Percentiles:" in told, told


def test_verifiable_producer_and_consumer(tools):
    topic = tools.topic("tools.verifiable")
    tools("topics", "--create", "--topic", topic, "--partitions", 3)
    sent = [json.loads(line) for line in tools("verifiable-producer", "--topic", topic, "--max-messages", 500, "--acks",
                                               -1).splitlines() if line.startswith("{")]
    assert sum(each["name"] == "producer_send_success" for each in sent) == 500, sent[-3:]
    read = tools("verifiable-consumer", "--topic", topic, "--group-id", topic, "--max-messages", 500, "--reset-policy",
                 "earliest")
    read = [json.loads(line) for line in read.splitlines() if line.startswith("{")]
    assert sum(each["count"] for each in read if each["name"] == "records_consumed") == 500, read[-3:]
    assert all(each["success"] for each in read if each["name"] == "offsets_committed")


def test_versions_are_shown(tools):
    told = tools("broker-api-versions")
    assert f"{tools.address} (id: 1" in told and "Produce(0): 0 to 13" in told, told


@pytest.fixture
def guarded(binary, tmp_path):
    """A Pinflow with an authorizer, for whose super user nobody has to sign in."""
    (tmp_path / "pinflow.toml").write_text('[kafka]\nauthorizer = true\nsuper_users = "User:ANONYMOUS"\n')
    with Pinflow(tmp_path / "data", "--config", tmp_path / "pinflow.toml") as pinflow:
        yield pinflow


@pytest.mark.parametrize("version", sorted(MAIN))
def test_acls(guarded, tmp_path, version):
    tools = Tools(version, guarded.ready["kafka"], tmp_path)
    tools("acls", "--add", "--allow-principal", "User:alice", "--producer", "--topic", "pins")
    tools("acls", "--add", "--allow-principal", "User:bob", "--consumer", "--topic", "pi", "--group", "readers",
          "--resource-pattern-type", "prefixed")
    tools("acls", "--add", "--deny-principal", "User:*", "--deny-host", "10.0.0.1", "--operation", "all", "--cluster")
    told = tools("acls", "--list")
    assert told.count("Current ACLs for resource") == 4, told
    for part in ("resourceType=TOPIC, name=pins, patternType=LITERAL", "resourceType=TOPIC, name=pi, patternType=PREFIXED",
                 "resourceType=GROUP, name=readers, patternType=PREFIXED",
                 "principal=User:alice, host=*, operation=WRITE, permissionType=ALLOW",
                 "principal=User:*, host=10.0.0.1, operation=ALL, permissionType=DENY"):
        assert part in told, f"{part}: {told}"
    told = tools("acls", "--list", "--topic", "pins", "--resource-pattern-type", "match")
    assert told.count("Current ACLs for resource") == 2 and "User:bob" in told, told
    assert "User:alice" not in tools("acls", "--list", "--principal", "User:bob")
    tools("acls", "--remove", "--force", "--topic", "pins")
    told = tools("acls", "--list", "--topic", "pins")
    assert "User:alice" not in told, told
    tools("acls", "--remove", "--force", "--allow-principal", "User:bob", "--consumer", "--topic", "pi", "--group",
          "readers", "--resource-pattern-type", "prefixed")
    assert tools("acls", "--list").count("principal=") == 1


def test_acls_without_an_authorizer(tools):
    assert "No Authorizer is configured" in tools("acls", "--list", fails=True)
