"""Only with --all: the AWS SDKs for Java (CBOR and JSON), JavaScript and Go at the Kinesis door. Each checks for itself what
it is answered (tests/kinesis_clients); what it put is then read by boto3."""
import os
import subprocess

import pytest

from harness import ROOT
from harness.others import java_program
from harness.shards import connect
from harness.suites import go_program, node_packages

pytestmark = pytest.mark.slow

CLIENTS = ROOT / "tests/kinesis_clients"
JAVA = "kinesis_clients/java"


def run(command, action, stream, **environment):
    done = subprocess.run([*map(str, command), action, stream], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=180, env={**os.environ, **environment})
    assert done.returncode == 0, f"{action}:\n{done.stdout[-4000:]}"


def check_records(server, stream):
    """What the action `records` of each client puts: ä-N with bytes that count from N."""
    kinesis, found = connect(server), {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        for record in kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]:
            found[record["PartitionKey"]] = record["Data"]
    assert found == {f"ä-{i}": bytes((at + i) % 256 for at in range(600 if i else 256)) for i in range(501)}


def try_client(server, name, action, command, **environment):
    stream = f"{name}-{action}"
    run(command, action, stream, **environment)
    if action == "records":
        check_records(server, stream)


@pytest.mark.parametrize("action", ["life", "records", "reshard", "async", "subscribe"])
@pytest.mark.parametrize("cbor", ["true", "false"])
def test_java(server, action, cbor):
    java, *rest = java_program(JAVA, "KinesisActions", server.http)
    try_client(server, f"java-cbor-{cbor}", action, [java, f"-Daws.cborEnabled={cbor}", *rest])


@pytest.mark.parametrize("action", ["life", "records", "subscribe"])
@pytest.mark.parametrize("protocol", ["http1", "http2"])
def test_javascript(server, action, protocol):
    program = CLIENTS / "javascript/client.js"
    packages = node_packages(program.parent)
    try_client(server, f"javascript-{protocol}", action, ["node", program, server.http], PROTOCOL=protocol, **packages)


@pytest.mark.parametrize("action", ["life", "records", "subscribe"])
def test_go(server, action):
    try_client(server, "go", action, [go_program(CLIENTS / "go"), server.http])
